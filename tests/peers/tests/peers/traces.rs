//! A chain of processes is one trace, in whatever order of languages.

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};

use crate::chain::{Chain, Report, languages, run, rust, trial};

pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(crate) const SPAN: &str = "00f067aa0ba902b7";
const NO_SPAN: &str = "0000000000000000";

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    let mut test = |chain: &Chain, what: &str, test: fn(&Chain, &str) -> _, argument| {
        let peers = chain.clone();
        let name = format!("{}: one trace {what}", named(chain));
        tests.push(trial(name, chain, move || test(&peers, argument)));
    };
    for chain in chains() {
        test(&chain, "that is sampled", one_trace, "01");
        test(&chain, "that is not sampled", one_trace, "00");
        test(&chain, "with a random id", one_trace, "03");
        test(&chain, "with the baggage that is safe", safe_baggage, "");
    }
    for chain in rotations() {
        test(&chain, "from its root", one_trace_from_its_root, "");
    }
    for chain in pairs() {
        test(&chain, "with b3", one_trace_of_b3, "b3");
        test(&chain, "with b3multi", one_trace_of_b3, "b3multi");
    }
    tests
}

fn named(chain: &Chain) -> String {
    chain.iter().map(|language| language.name).collect::<Vec<_>>().join(" starts ")
}

/// All pairs; each language between two others, so that each of the others is once before and once
/// behind it; and all of them, there and back.
fn chains() -> Vec<Chain> {
    let mut chains = pairs();
    for middle in languages() {
        let others = languages().iter().filter(|other| other.name != middle.name);
        let behind = others.clone().cycle().skip(1);
        chains.extend(others.zip(behind).map(|(before, behind)| vec![before, middle, behind]));
    }
    chains.push(languages().iter().chain([rust()]).collect());
    chains
}

fn pairs() -> Vec<Chain> {
    let seconds = |first| languages().iter().map(move |second| vec![first, second]);
    languages().iter().flat_map(seconds).collect()
}

/// All languages one behind the other, once from each of them.
fn rotations() -> impl Iterator<Item = Chain> {
    (0..languages().len()).map(|first| {
        let (end, start) = languages().split_at(first);
        start.iter().chain(end).collect()
    })
}

fn one_trace(chain: &Chain, flags: &str) -> Result<(), Failed> {
    let traceparent = format!("00-{TRACE}-{SPAN}-{flags}");
    let state: Vec<String> = (0..32).map(|n| format!("key{n}=value{n}")).collect();
    let (state, baggage) = (state.join(","), baggage(8_192));
    let variables =
        [("TRACEPARENT", &*traceparent), ("TRACESTATE", &*state), ("BAGGAGE", &*baggage)];
    let reports = run(chain, &variables)?;
    is_one_trace(&reports, TRACE, SPAN, flags != "00");
    for report in reports {
        assert_eq!(report.state, state);
        assert_eq!(report.received["BAGGAGE"].len(), baggage.len());
        assert_eq!(report.baggage, entries(&baggage));
    }
    Ok(())
}

/// All that the guide says is safe.
fn safe_baggage(chain: &Chain, _: &str) -> Result<(), Failed> {
    let printable: String = (' '..='~').filter(|char| !r" %\=+;".contains(*char)).collect();
    let escaped: String = printable.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let longest = "v".repeat(4_096 - "longest=".len());
    let mut expected = entries(&format!("longest={longest}"));
    expected.insert("Key-0._~".to_owned(), [printable, String::new()]);

    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let baggage = format!("Key-0._~={escaped},longest={longest}");
    let reports = run(chain, &[("TRACEPARENT", traceparent), ("BAGGAGE", baggage)])?;
    is_one_trace(&reports, TRACE, SPAN, true);
    for report in reports {
        assert_eq!(report.baggage, expected);
    }
    Ok(())
}

fn one_trace_from_its_root(chain: &Chain, _: &str) -> Result<(), Failed> {
    let reports = run(chain, &[("BAGGAGE", "key=value")])?;
    let trace = &reports[0].trace;
    assert!(trace.len() == 32 && trace.bytes().any(|digit| digit != b'0'), "{trace}");
    is_one_trace(&reports, trace, NO_SPAN, true);
    for report in &reports {
        assert_eq!(report.baggage, entries("key=value"));
    }
    Ok(())
}

fn one_trace_of_b3(chain: &Chain, format: &str) -> Result<(), Failed> {
    let single = format!("{TRACE}-{SPAN}-1");
    let mut variables = vec![("OTEL_PROPAGATORS", format)];
    match format {
        "b3" => variables.push(("B3", &single)),
        _ => variables.extend([
            ("X_B3_TRACEID", TRACE),
            ("X_B3_SPANID", SPAN),
            ("X_B3_SAMPLED", "1"),
        ]),
    }
    is_one_trace(&run(chain, &variables)?, TRACE, SPAN, true);
    Ok(())
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

/// Baggage of 64 entries in so many bytes.
fn baggage(bytes: usize) -> String {
    let entries = (0..63).map(|n| format!("key{n}={}", "v".repeat(120)));
    let header = entries.collect::<Vec<_>>().join(",") + ",filler=";
    let filler = "v".repeat(bytes - header.len());
    header + &filler
}

/// What is to be read of baggage that has nothing to unescape.
fn entries(baggage: &str) -> BTreeMap<String, [String; 2]> {
    let entries = baggage.split(',').filter_map(|entry| entry.split_once('='));
    entries.map(|(key, value)| (key.to_owned(), [value.to_owned(), String::new()])).collect()
}
