//! What is special on Windows: the system's lookup ignores case.

use std::env;

use opentelemetry::propagation::Extractor as _;
use opentelemetry_env_carrier::{EnvCarrier, WithTraceContext as _};

use crate::fixtures::contexts::{ALL, SPAN, TRACEPARENT};
use crate::fixtures::process::{in_process, process};
use crate::fixtures::shown::{lines, parent, show_parent};

#[test]
fn a_lower_case_name_is_found_and_not_listed() {
    in_process([("traceparent", TRACEPARENT)], "", || {
        // Eight are kept in place.
        for others in [0, 8] {
            let carrier = EnvCarrier::from_env();
            for number in 0..others {
                assert_eq!(carrier.get(&format!("MISSING_{number}")), None);
            }
            assert_eq!(carrier.get("traceparent"), Some(TRACEPARENT), "after {others} others");
            assert!(!carrier.keys().iter().any(|key| key.eq_ignore_ascii_case("traceparent")));
        }
    });
}

#[test]
fn a_lower_case_name_is_extracted() {
    in_process([("traceparent", TRACEPARENT)], &parent(SPAN), show_parent);
}

#[test]
fn a_stale_lower_case_name_is_replaced() {
    let mut child = process(|| {
        let is_of_context =
            |name: &str| ALL.written.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let context = env::vars().filter(|(name, _)| is_of_context(name));
        print!("{}", lines(context.map(|(name, value)| (name.to_uppercase(), value)).collect()));
    });
    let stale = [("traceparent", "stale"), ("tracestate", "stale"), ("baggage", "stale")];
    in_process(stale, &lines(ALL.written.iter().copied().collect()), || {
        child.with_trace_context_from(&(ALL.cx)()).status().unwrap();
    });
}
