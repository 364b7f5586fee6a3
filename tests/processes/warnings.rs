//! What the helpers decide silently is told to those who listen, with names and never with values.

use std::ffi::OsString;
use std::io;

use libtest_mimic::{Failed, Trial};
use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry_env_carrier::{WithTraceContext as _, extract_parent_context};

use crate::role::{self, Role};

pub(crate) const ROLES: &[Role] = &[
    ("child that listens", |_| {
        listen();
        drop(extract_parent_context());
        drop(extract_parent_context());
    }),
    ("child that asks while it listens", |_| {
        listen_with(|| {
            drop(extract_parent_context());
            io::stdout()
        });
        drop(extract_parent_context());
    }),
    ("child that does not listen", |_| {
        drop(extract_parent_context());
        Vec::new().with_trace_context_using(&Unfit, &Context::new());
    }),
    ("parent that listens", |_| {
        listen();
        Vec::new().with_trace_context_using(&Unfit, &Context::new());
    }),
];

/// In every value that must not be told.
const SECRET: &str = "SECRET";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        Trial::test("a rejected span is told on each extraction, with its name alone", || {
            let reason =
                "environment variables are set, but hold no valid span context: TRACEPARENT";
            let variables = [("TRACEPARENT", SECRET.into())];
            tells("child that listens", variables, &[&incomplete(reason), &incomplete(reason)])
        }),
        Trial::test("a variable that is not Unicode is told, with its name alone", || {
            let reason = "environment variable BAGGAGE is not valid Unicode";
            let variables = [("BAGGAGE", not_unicode())];
            tells("child that listens", variables, &[&incomplete(reason), &incomplete(reason)])
        }),
        Trial::test("an unknown propagator is told once, however often a context is read", || {
            let variables = [("OTEL_PROPAGATORS", "b3,B3,tracecontext".into())];
            tells("child that listens", variables, &[&unknown_propagator("b3")])
        }),
        Trial::test("a list of propagators that is not Unicode is told once", || {
            let variables = [("OTEL_PROPAGATORS", not_unicode())];
            let told = r#"name="EnvCarrier.PropagatorsNotUnicode" OTEL_PROPAGATORS is not valid Unicode and was ignored"#;
            tells("child that listens", variables, &[told])
        }),
        Trial::test("whoever is told of an unknown propagator may read a context", || {
            let variables = [("OTEL_PROPAGATORS", "b3".into())];
            tells("child that asks while it listens", variables, &[&unknown_propagator("b3")])
        }),
        Trial::test("malformed baggage is not told, for the SDK would tell its value", || {
            tells("child that listens", [("BAGGAGE", SECRET.into())], &[])
        }),
        Trial::test("variables that are left out are told, with their names alone", || {
            let nul = left_out("NUL", "its value contains a NUL byte");
            let huge = left_out("HUGE", "it is longer than the platform allows");
            tells("parent that listens", [], &[&nul, &huge])
        }),
        Trial::test("with nothing to read there is nothing to be told", || {
            tells("child that listens", [("OTHER", SECRET.into())], &[])
        }),
        Trial::test("to those who do not listen nothing is told", || {
            tells("child that does not listen", [("TRACEPARENT", SECRET.into())], &[])
        }),
    ]
}

fn incomplete(reason: &str) -> String {
    format!(
        r#"name="EnvCarrier.ParentContextIncomplete" The environment holds a parent's context that could not be read in whole reason="{reason}""#
    )
}

fn unknown_propagator(name: &str) -> String {
    format!(
        r#"name="EnvCarrier.PropagatorUnknown" OTEL_PROPAGATORS names a propagator that has to be set in code, with opentelemetry::global::set_text_map_propagator propagator="{name}""#
    )
}

fn left_out(variable: &str, reason: &str) -> String {
    format!(
        r#"name="EnvCarrier.VariableLeftOut" An environment variable was left out, for no process can be handed it variable="{variable}" reason="{reason}""#
    )
}

fn tells<const N: usize>(
    role: &str,
    variables: [(&str, OsString); N],
    told: &[&str],
) -> Result<(), Failed> {
    let output = role::output(role::of(role, "").env_clear().envs(variables))?;
    let line = |told: &&str| format!(" WARN opentelemetry-env-carrier: {told}\n");
    let expected: String = told.iter().map(line).collect();
    assert!(!expected.contains(SECRET));
    role::same(&output, &expected)
}

fn listen() {
    listen_with(io::stdout);
}

fn listen_with(writer: fn() -> io::Stdout) {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .without_time()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(writer)
        .init();
}

/// The beginning can be read, and must not be told.
fn not_unicode() -> OsString {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(b"SECRET\xFF".to_vec());
    #[cfg(windows)]
    return std::os::windows::ffi::OsStringExt::from_wide(&[0x53, 0xD800]);
}

/// Writes what no environment can hold.
#[derive(Debug)]
struct Unfit;

impl TextMapPropagator for Unfit {
    fn inject_context(&self, _: &Context, injector: &mut dyn Injector) {
        injector.set("nul", format!("{SECRET}\0"));
        injector.set("huge", SECRET.repeat(100_000));
    }

    fn extract_with_context(&self, cx: &Context, _: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}
