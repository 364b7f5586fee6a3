//! Any sequence of calls on one command leaves what promise 1 says: the child receives what a model
//! of a few lines foretells.

use std::collections::BTreeMap;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use opentelemetry_env_carrier::WithTraceContext as _;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::fixtures::contexts::{CASES, Case, STALE};
use crate::fixtures::roles::{self, Role, Test, lines};

pub(crate) const ROLES: &[Role] = &[("parent with a sequence of calls", parent)];

/// What may be done to a command: inject one of the [`CASES`] (`0` to `5`), remove what is there
/// (`-`), set stale variables (`s`), remove one (`r`), clear all (`c`).
const CALLS: &str = "[0-5src-]{0,10}";

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Trial::test("any sequence of calls leaves what a model foretells", || {
            // Few where a process takes long to start.
            let cases = if cfg!(windows) { 20 } else { 100 };
            let config = Config { cases, failure_persistence: None, ..Config::default() };
            let foretold = |calls: String| {
                child_receives_what_is_foretold(&calls).map_err(|failed| {
                    TestCaseError::fail(failed.message().unwrap_or("").to_owned())
                })
            };
            TestRunner::new(config).run(&CALLS, foretold).map_err(|error| error.to_string().into())
        })
        .into(),
    ]
}

fn child_receives_what_is_foretold(calls: &str) -> Result<(), Failed> {
    let mut model: BTreeMap<&str, &str> = STALE.iter().copied().collect();
    for call in calls.chars() {
        match call {
            'c' => model.clear(),
            'r' => _ = model.remove("TRACESTATE"),
            's' => model.extend(STALE.iter().copied()),
            '-' => model.retain(|name, _| STALE.iter().all(|(stale, _)| stale != name)),
            index => {
                let written = case(index).written;
                if !written.is_empty() {
                    model = written.iter().copied().collect();
                }
            }
        }
    }
    let mut parent = roles::command("parent with a sequence of calls", calls);
    let received = roles::output(parent.env_clear().envs(STALE.iter().copied()))?;
    roles::same(&received, &lines(model))
}

fn parent(calls: &str) {
    let mut child: Command = roles::command("show its environment", "");
    for call in calls.chars() {
        match call {
            'c' => child.env_clear(),
            'r' => child.env_remove("TRACESTATE"),
            's' => child.envs(STALE.iter().copied()),
            '-' => child.without_trace_context(),
            index => child.with_trace_context_from(&(case(index).cx)()),
        };
    }
    assert!(child.status().unwrap().success());
}

fn case(index: char) -> &'static Case {
    &CASES[index.to_digit(10).unwrap() as usize]
}
