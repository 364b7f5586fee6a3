//! Not one heap allocation more than code by hand for the same result.

use std::env;
use std::process::Command;

use allocation_counter::measure;
use libtest_mimic::{Failed, Trial};
use opentelemetry::propagation::Extractor as _;
use opentelemetry_env_carrier::{EnvCarrier, WithTraceContext as _, extract_parent_context};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::fixtures::by_hand;
use crate::fixtures::contexts::{ALL, CASES, Case};
use crate::fixtures::roles::{self, Role, Test};

pub(crate) const ROLES: &[Role] = &[("child that counts allocations", |_| count_extraction())];

pub(crate) fn tests() -> Vec<Test> {
    let mut tests: Vec<Trial> = Vec::new();
    for Case { name, cx, written } in CASES {
        tests.push(Trial::test(
            format!("{name} is injected without an allocation more"),
            move || {
                let cx = cx();
                let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
                let in_command = |inject: &dyn Fn(&mut Command)| {
                    let mut command = Command::new("child");
                    measure(|| inject(&mut command)).count_total
                };
                let ours = |command: &mut Command| _ = command.with_trace_context_from(&cx);
                let by_hand =
                    |command: &mut Command| by_hand::inject(command, &[&w3c, &baggage], &cx);
                in_command(&ours); // what is set up once does not count
                at_most(in_command(&ours), in_command(&by_hand))
            },
        ));
        tests.push(Trial::test(
            format!("{name} is extracted without an allocation more"),
            move || {
                let counted = counts(written, 10)?;
                at_most(counted[0], counted[1])
            },
        ));
    }
    tests.push(Trial::test("the carrier alone reads W3C without an allocation more", || {
        let ours = measure(|| assert_eq!(EnvCarrier::from_env().get("traceparent"), None));
        let by_hand = measure(|| assert!(env::var("TRACEPARENT").is_err()));
        at_most(ours.count_total, by_hand.count_total)
    }));
    tests.push(Trial::test("extraction allocates the same in an environment of any size", || {
        let variables = ALL.written;
        let (small, large) = (counts(variables, 10)?, counts(variables, 10_000)?);
        if small[0] == large[0] { Ok(()) } else { Err(format!("{small:?}, {large:?}").into()) }
    }));
    tests.into_iter().map(Test::from).collect()
}

/// How often extraction allocates with the crate, and by hand.
fn counts(variables: &[(&str, &str)], others: usize) -> Result<Vec<u64>, Failed> {
    let others = (0..others).map(|n| (format!("OTHER_{n}"), format!("value {n}")));
    let mut child = roles::command("child that counts allocations", "");
    child.env_clear().envs(others).envs(variables.iter().copied());
    let counts = roles::output(&mut child)?;
    Ok(counts.lines().map(str::parse).collect::<Result<_, _>>()?)
}

fn count_extraction() {
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    drop(extract_parent_context()); // what is set up once does not count
    println!("{}", measure(|| drop(extract_parent_context())).count_total);
    println!("{}", measure(|| drop(by_hand::extract(&[&w3c, &baggage]))).count_total);
}

fn at_most(ours: u64, by_hand: u64) -> Result<(), Failed> {
    if ours <= by_hand {
        return Ok(());
    }
    Err(format!("{ours} allocations, {by_hand} by hand").into())
}
