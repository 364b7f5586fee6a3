//! Not one heap allocation more than code by hand for the same result.

#[path = "../../benches/propagation/by_hand.rs"]
mod by_hand;

use std::env;
use std::process::Command;

use allocation_counter::measure;
use opentelemetry::propagation::Extractor as _;
use opentelemetry_env_carrier::{EnvCarrier, WithTraceContext as _, extract_parent_context};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::fixtures::contexts::{ALL, CASES};
use crate::fixtures::process::{NO_VARIABLES, in_process, output, process};

#[test]
fn a_context_is_injected_without_an_allocation_more() {
    in_process(NO_VARIABLES, "", || {
        let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
        for case in CASES {
            let cx = (case.cx)();
            let count = |inject: &dyn Fn(&mut Command)| {
                let mut command = Command::new("child");
                (measure(|| inject(&mut command)).count_total, format!("{command:?}"))
            };
            let ours = |command: &mut Command| _ = command.with_trace_context_from(&cx);
            count(&ours); // what is set up once does not count
            let (ours, result) = count(&ours);
            let (by_hand, result_by_hand) =
                count(&|command| by_hand::inject(command, &[&w3c, &baggage], &cx));
            assert!(ours <= by_hand, "{}: {ours} allocations, {by_hand} by hand", case.name);
            assert_eq!(result, result_by_hand);
        }
    });
}

#[test]
fn a_context_is_extracted_without_an_allocation_more() {
    for case in CASES {
        in_process(case.written.iter().copied(), "", || {
            let (trace_context, baggage) =
                (TraceContextPropagator::new(), BaggagePropagator::new());
            let ours = count_extraction();
            let by_hand =
                measure(|| drop(by_hand::extract(&[&trace_context, &baggage]))).count_total;
            assert!(ours <= by_hand, "{}: {ours} allocations, {by_hand} by hand", case.name);
        });
    }
}

#[test]
fn extraction_allocates_the_same_in_an_environment_of_any_size() {
    let mut process = process(|| println!("{}", count_extraction()));
    process.env_clear().envs(ALL.written.iter().copied());
    let in_a_small_one = output(&mut process);
    process.envs((0..10_000).map(|number| (format!("OTHER_{number}"), "value")));
    assert_eq!(output(&mut process), in_a_small_one);
}

#[test]
fn a_carrier_alone_reads_w3c_without_an_allocation_more() {
    in_process(NO_VARIABLES, "", || {
        let ours = measure(|| assert_eq!(EnvCarrier::from_env().get("traceparent"), None));
        let by_hand = measure(|| assert!(env::var("TRACEPARENT").is_err()));
        assert!(ours.count_total <= by_hand.count_total, "{ours:?}, {by_hand:?} by hand");
    });
}

fn count_extraction() -> u64 {
    drop(extract_parent_context()); // what is set up once does not count
    measure(|| drop(extract_parent_context())).count_total
}
