//! What a child receives through each builder: exactly what the propagator wrote, or exactly what it
//! would have received anyway.

mod on_the_page;
mod requests;
mod spawning;

use libtest_mimic::{Failed, Trial};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::{Context, KeyValue};

use self::requests::REQUESTS;
use self::spawning::{BUILDERS, Method};
use crate::fixtures::contexts::{
    CASES, Case, STALE, TRACEPARENT, Variables, with_numbered_span, with_span,
};
use crate::fixtures::roles::{self, Role, lines};

pub(crate) const ROLES: &[Role] = &[
    ("parent with a builder", |case| parent(case, Method::Page)),
    ("parent with a builder and a list", |case| parent(case, Method::List)),
    ("parent that sends a request", that_sends_a_request),
    #[cfg(unix)]
    ("parent with a shell", with_a_shell),
    ("parent that injects twice with duct", |_| that_injects_twice_with_duct()),
];

/// `portable-pty` sets `SHELL` if it is unset.
const OTHERS: Variables = &[("OTHER", "stays as it is"), ("SHELL", "/bin/sh")];

/// A shell and Kubernetes would change it.
const SPECIAL: Case = Case {
    name: "baggage with quotes and dollars",
    cx: || Context::new().with_baggage([KeyValue::new("key", "'$(SHELL)'$$(SHELL)$$")]),
    written: &[("BAGGAGE", "key='$(SHELL)'$$(SHELL)$$")],
};

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain([&SPECIAL])
}

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests: Vec<Trial> = on_the_page::tests().collect();
    for (c, case) in cases().enumerate() {
        for (b, (builder, _)) in BUILDERS.iter().enumerate() {
            tests.push(Trial::test(format!("{builder} injects {}", case.name), move || {
                let untouched = if case.written.is_empty() { STALE } else { &[] };
                receives("parent with a builder", [b, c], &[untouched, case.written])
            }));
        }
        for (r, request) in REQUESTS.iter().enumerate() {
            tests.push(Trial::test(format!("{} sends {}", request.name, case.name), move || {
                let sent = output_of_parent("parent that sends a request", [r, c])?;
                roles::same(&sent, &format!("{:#}\n", (request.expected)(case.written)))
            }));
        }
    }
    #[cfg(unix)]
    for (c, case) in cases().enumerate() {
        tests.push(Trial::test(format!("a line for a shell carries {}", case.name), move || {
            let received = output_of_parent("parent with a shell", [0, c])?;
            roles::same(&received, &lines(case.written.iter().copied().collect()))
        }));
    }
    let (c, span_alone) =
        cases().enumerate().find(|(_, case)| case.name == "a span alone").unwrap();
    for (b, (builder, _)) in BUILDERS.iter().enumerate() {
        let name = format!("{builder} leaves stale variables if only a list is set");
        tests.push(Trial::test(name, move || {
            receives("parent with a builder and a list", [b, c], &[STALE, span_alone.written])
        }));
    }
    tests.push(Trial::test("duct keeps the first of two contexts", || {
        receives("parent that injects twice with duct", [0, 0], &[&[("TRACEPARENT", TRACEPARENT)]])
    }));
    tests
}

/// If a name occurs twice, the last value is expected.
fn receives(role: &str, indices: [usize; 2], variables: &[Variables]) -> Result<(), Failed> {
    let variables = variables.iter().chain([&OTHERS]).copied().flatten().copied();
    roles::same(&output_of_parent(role, indices)?, &lines(variables.collect()))
}

fn output_of_parent(role: &str, [index, case]: [usize; 2]) -> Result<String, Failed> {
    let mut parent = roles::command(role, format!("{index} {case}"));
    roles::output(parent.env_clear().envs(STALE.iter().chain(OTHERS).copied()))
}

/// The index of a table, and the context of the case.
fn parsed(indices: &str) -> (usize, Context) {
    let (index, case) = indices.split_once(' ').unwrap();
    let case = cases().nth(case.parse().unwrap()).unwrap();
    (index.parse().unwrap(), (case.cx)())
}

fn parent(indices: &str, method: Method) {
    let (builder, cx) = parsed(indices);
    let _guard = cx.attach();
    let (_, spawn) = BUILDERS[builder];
    let received = spawn(&roles::command("show its environment", ""), method).unwrap();
    // Some builders trim the output.
    println!("{}", received.trim_end());
}

fn that_sends_a_request(indices: &str) {
    let (request, cx) = parsed(indices);
    let _guard = cx.attach();
    println!("{:#}", (REQUESTS[request].sent)());
}

/// A shell adds variables of its own, and `env -i` drops them.
#[cfg(unix)]
fn with_a_shell(indices: &str) {
    let (_, cx) = parsed(indices);
    let _guard = cx.attach();
    let child = roles::command("show its environment", "");
    let line = format!(r#"env -i {}"$@""#, on_the_page::shell::assignments());
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", &line, "sh"]).arg(child.get_program()).args(child.get_args());
    print!("{}", roles::output(&mut shell).unwrap());
}

fn that_injects_twice_with_duct() {
    let child = roles::command("show its environment", "");
    let mut child = duct::cmd(child.get_program(), child.get_args());
    for cx in [with_span(""), with_numbered_span(7)] {
        let _guard = cx.attach();
        child = on_the_page::duct::with_trace_context(child);
    }
    println!("{}", child.read().unwrap());
}
