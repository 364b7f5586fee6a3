//! Traces through processes in several languages, each with OpenTelemetry's own implementation.
//!
//! ```text
//! tests/peers/setup
//! cargo test --package peers
//! ```
//!
//! A peer is one small program. Its arguments are the command to start next, if any; so a chain is
//! the commands of its peers, one after the other. It
//!
//! - extracts its context from its environment, with the propagators of `OTEL_PROPAGATORS`;
//! - starts a span under it;
//! - writes a line of JSON: the `trace`, `span` and `parent` ids; the `flags` in hexadecimal; the
//!   `state`; and the `baggage`, with the value and the properties of each entry;
//! - injects the context of the span into a copy of its environment, and starts the next command
//!   with it.
//!
//! To add a language, write such a program, have `setup` set it up, and add it to [`languages`] and to the
//! guide's page on languages.

mod chain;
#[allow(dead_code, reason = "shared with other test programs")]
#[path = "../../../fixtures/programs.rs"]
mod programs;

use std::collections::{BTreeMap, HashSet};

use chain::{Report, languages, run, walk};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";
const NO_SPAN: &str = "0000000000000000";

#[test]
fn the_walk_has_each_language_once_directly_behind_each() {
    let languages = languages();
    let walk = walk(&languages);
    let pairs: HashSet<_> = walk.windows(2).map(|pair| [pair[0].name, pair[1].name]).collect();
    assert_eq!(pairs.len(), languages.len().pow(2));
    assert_eq!(walk.len(), pairs.len() + 1);
}

#[test]
fn a_trace_that_is_sampled_is_one_trace_with_as_much_baggage_as_fits() {
    let baggage = full_baggage();
    is_one_trace_with("01", &baggage, &entries(&baggage));
}

#[test]
fn a_trace_that_is_not_sampled_is_one_trace_with_all_that_is_safe_in_baggage() {
    let printable: String = (' '..='~').filter(|char| !r" %\=+;".contains(*char)).collect();
    let escaped: String = printable.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let longest = format!("longest={}", "v".repeat(4_096 - "longest=".len()));
    let mut expected = entries(&longest);
    expected.insert("Key-0._~".to_owned(), [printable, String::new()]);
    is_one_trace_with("00", &format!("Key-0._~={escaped},{longest}"), &expected);
}

#[test]
fn a_trace_with_a_random_id_is_one_trace() {
    is_one_trace_with("03", "key=value", &entries("key=value"));
}

#[test]
fn a_trace_that_begins_in_any_language_is_one_trace() {
    let languages = languages();
    for first in 0..languages.len() {
        let chain: Vec<_> = languages[first..].iter().chain(&languages[..first]).collect();
        let reports = run(&chain, &[("BAGGAGE", "key=value")]);
        let trace = &reports[0].trace;
        assert!(trace.len() == 32 && trace.bytes().any(|digit| digit != b'0'), "{reports:#?}");
        is_one_trace(&reports, trace, NO_SPAN, true);
        for report in &reports {
            assert_eq!(report.baggage, entries("key=value"), "{report:#?}");
        }
    }
}

#[test]
fn a_trace_of_b3_in_one_variable_is_one_trace() {
    let b3 = format!("{TRACE}-{SPAN}-1");
    let variables = [("OTEL_PROPAGATORS", "b3"), ("B3", &b3)];
    is_one_trace(&run(&walk(&languages()), &variables), TRACE, SPAN, true);
}

#[test]
fn a_trace_of_b3_in_several_variables_is_one_trace() {
    let variables = [
        ("OTEL_PROPAGATORS", "b3multi"),
        ("X_B3_TRACEID", TRACE),
        ("X_B3_SPANID", SPAN),
        ("X_B3_SAMPLED", "1"),
    ];
    is_one_trace(&run(&walk(&languages()), &variables), TRACE, SPAN, true);
}

/// Full tracestate and these entries of baggage arrive with the span at every process of the walk.
fn is_one_trace_with(flags: &str, baggage: &str, entries: &BTreeMap<String, [String; 2]>) {
    let traceparent = format!("00-{TRACE}-{SPAN}-{flags}");
    let members: Vec<String> = (0..32).map(|n| format!("key{n}=value{n}")).collect();
    let state = members.join(",");
    let variables = [("TRACEPARENT", &*traceparent), ("TRACESTATE", &state), ("BAGGAGE", baggage)];
    let reports = run(&walk(&languages()), &variables);
    is_one_trace(&reports, TRACE, SPAN, flags != "00");
    for report in reports {
        assert_eq!(report.state, state, "{report:#?}");
        assert_eq!(&report.baggage, entries, "{report:#?}");
    }
}

/// Each span is in the trace, under the span of the process before.
fn is_one_trace(reports: &[Report], trace: &str, root: &str, is_sampled: bool) {
    let mut parent = root;
    for report in reports {
        assert_eq!(report.trace, trace, "{report:#?}");
        assert_eq!(report.parent, parent, "{report:#?}");
        assert_ne!(report.span, parent, "{report:#?}");
        let flags = u8::from_str_radix(&report.flags, 16).unwrap();
        assert_eq!(flags & 1 == 1, is_sampled, "{report:#?}");
        parent = &report.span;
    }
}

/// Baggage of 64 entries in 8,192 bytes.
fn full_baggage() -> String {
    let entries: Vec<String> = (0..63).map(|n| format!("key{n}={}", "v".repeat(120))).collect();
    let header = entries.join(",") + ",filler=";
    let filler = "v".repeat(8_192 - header.len());
    header + &filler
}

/// What is to be read of baggage that has nothing to unescape.
fn entries(baggage: &str) -> BTreeMap<String, [String; 2]> {
    let entries = baggage.split(',').filter_map(|entry| entry.split_once('='));
    entries.map(|(key, value)| (key.to_owned(), [value.to_owned(), String::new()])).collect()
}
