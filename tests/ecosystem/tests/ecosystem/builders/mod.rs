//! What a child receives through each builder: exactly what the propagator wrote, or exactly what it
//! would have received anyway.

mod page;
mod requests;
mod spawning;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::WithTraceContext as _;

use self::requests::{REQUESTS, Request};
use self::spawning::{BUILDERS, Builder, Spawn};
use crate::fixtures::contexts::{
    CASES, Case, STALE, TRACEPARENT, Variables, with_numbered_span, with_span,
};
use crate::fixtures::roles::{self, Test, lines, test};

/// `portable-pty` sets `SHELL` if it is unset.
const OTHERS: Variables = &[("OTHER", "stays as it is"), ("SHELL", "/bin/sh")];

/// A shell and Kubernetes would change it.
const SPECIAL: Case = Case {
    name: "baggage with quotes and dollars",
    cx: || Context::new().with_baggage([KeyValue::new("key", "'$(SHELL)'$$(SHELL)$$")]),
    written: &[("BAGGAGE", "key='$(SHELL)'$$(SHELL)$$")],
};

/// A span alone, over stale variables of all names.
const SPAN_ALONE: &Case = &CASES[1];

/// One builder with every context, the others with a span and with nothing to inject.
pub(crate) fn tests() -> Vec<Test> {
    let nothing = CASES.iter().find(|case| case.written.is_empty()).unwrap();
    let (std, others) = BUILDERS.split_first().unwrap();
    let mut tests: Vec<Test> = cases().map(|case| injects(std, case)).collect();
    for builder in others {
        tests.extend([SPAN_ALONE, nothing].map(|case| injects(builder, case)));
    }
    tests.push(test(
        "a list of variables leaves what is stale",
        inherited(),
        || {
            let mut list: Vec<(String, String)> = Vec::new();
            list.with_trace_context_from(&(SPAN_ALONE.cx)());
            let mut child = roles::command("show its environment", "");
            assert!(child.envs(list).status().unwrap().success());
        },
        received(&[STALE, SPAN_ALONE.written]),
    ));
    for case in cases() {
        tests.extend(REQUESTS.iter().map(|request| sends(request, case)));
        #[cfg(unix)]
        tests.push(is_a_line_for_a_shell(case));
    }
    tests.push(test(
        "duct keeps the first of two contexts",
        inherited(),
        inject_twice_with_duct,
        received(&[&[("TRACEPARENT", TRACEPARENT)]]),
    ));
    tests
}

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain([&SPECIAL])
}

fn inherited() -> impl Iterator<Item = (&'static str, &'static str)> {
    STALE.iter().chain(OTHERS).copied()
}

/// If a name occurs twice, the last value is expected.
fn received(variables: &[Variables]) -> String {
    lines(variables.iter().chain([&OTHERS]).copied().flatten().copied().collect())
}

fn injects((builder, spawn): &'static Builder, case: &'static Case) -> Test {
    let untouched = if case.written.is_empty() { STALE } else { &[] };
    test(
        format!("{builder} injects {}", case.name),
        inherited(),
        || show_child(*spawn, case),
        received(&[untouched, case.written]),
    )
}

fn show_child(spawn: Spawn, case: &Case) {
    let _guard = (case.cx)().attach();
    let received = spawn(&roles::command("show its environment", "")).unwrap();
    // Some builders trim the output.
    println!("{}", received.trim_end());
}

fn sends(request: &'static Request, case: &'static Case) -> Test {
    let send = || {
        let _guard = (case.cx)().attach();
        println!("{:#}", (request.sent)());
    };
    let name = format!("{} sends {}", request.name, case.name);
    test(name, inherited(), send, format!("{:#}\n", (request.expected)(case.written)))
}

/// A shell adds variables of its own, and `env -i` drops them.
#[cfg(unix)]
fn is_a_line_for_a_shell(case: &'static Case) -> Test {
    let run = || {
        let _guard = (case.cx)().attach();
        let child = roles::command("show its environment", "");
        let line = format!(r#"env -i {}"$@""#, page::shell::assignments());
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", &line, "sh"]).arg(child.get_program()).args(child.get_args());
        print!("{}", roles::output(&mut shell).unwrap());
    };
    let name = format!("a line for a shell carries {}", case.name);
    test(name, inherited(), run, lines(case.written.iter().copied().collect()))
}

fn inject_twice_with_duct() {
    let child = roles::command("show its environment", "");
    let mut child = duct::cmd(child.get_program(), child.get_args());
    for cx in [with_span(""), with_numbered_span(7)] {
        let _guard = cx.attach();
        child = page::duct::with_trace_context(child);
    }
    println!("{}", child.read().unwrap());
}
