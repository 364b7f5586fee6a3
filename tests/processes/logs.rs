//! What is logged, with names and never with values.

use std::ffi::OsString;

use libtest_mimic::{Failed, Trial};
use opentelemetry::Context;
use opentelemetry_env_carrier::{
    WithTraceContext as _, extract_parent_context, extract_parent_context_using,
    try_extract_parent_context,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::level_filters::LevelFilter;

use crate::fixtures::contexts::ALL;
use crate::fixtures::propagators::{Scripted, Tenant};
use crate::fixtures::roles::{self, Role, not_unicode};
use crate::fixtures::subscriber::{install_printer, install_reaction};

pub(crate) const ROLES: &[Role] = &[
    ("child that prints warnings", |_| {
        install_printer(LevelFilter::INFO);
        drop(extract_parent_context());
        drop(extract_parent_context());
    }),
    ("child that prints events", |_| {
        install_printer(LevelFilter::TRACE);
        drop(extract_parent_context());
        drop(extract_parent_context_using(&TraceContextPropagator::new()));
        let _ = try_extract_parent_context();
    }),
    ("child that extracts on each event", |_| {
        install_reaction(|| drop(extract_parent_context()));
        drop(extract_parent_context());
    }),
    ("child without a subscriber", |_| {
        drop(extract_parent_context());
        nowhere().with_trace_context_using(&unfit(), &Context::new());
    }),
    ("parent that prints warnings", |_| {
        install_printer(LevelFilter::INFO);
        nowhere().with_trace_context_from(&(ALL.cx)());
        nowhere().with_trace_context_from(&Context::new());
        nowhere().without_trace_context();
        nowhere().with_trace_context_using(&Tenant::new(), &Context::new());
        nowhere().with_trace_context_using(&unfit(), &Context::new());
    }),
    ("parent that prints events", |_| {
        install_printer(LevelFilter::TRACE);
        nowhere().with_trace_context_from(&(ALL.cx)());
        let partly = Scripted::new(&["first", "second"], &[("first", SECRET)]);
        nowhere().with_trace_context_using(&partly, &Context::new());
        nowhere().without_trace_context();
        nowhere().with_trace_context();
    }),
];

/// In every value that must not be logged.
const SECRET: &str = "SECRET";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        Trial::test("a rejected span is logged on each extraction, by name only", || {
            let reason = "environment variable TRACEPARENT is set, but holds no valid span context";
            let line = incomplete(reason);
            let variables = [("TRACEPARENT", SECRET.into())];
            assert_logs("child that prints warnings", variables, &[&line, &line])
        }),
        Trial::test("a variable that is not Unicode is logged, by name only", || {
            let line = incomplete("environment variable BAGGAGE is not valid Unicode");
            let variables = [("BAGGAGE", not_unicode())];
            assert_logs("child that prints warnings", variables, &[&line, &line])
        }),
        Trial::test("propagators to be set in code are logged once, by name", || {
            let variables = [("OTEL_PROPAGATORS", "b3,B3,tracecontext,ottrace".into())];
            let line = unknown("b3 ottrace", 0);
            assert_logs("child that prints warnings", variables, &[&line])
        }),
        Trial::test("unknown propagators are logged once, by their number", || {
            // As many as fit into a variable on Windows.
            let count = if cfg!(windows) { 5_000 } else { 20_000 };
            let list = format!("{SECRET},tracecontext,{}jaeger", "tok3n,".repeat(count));
            let line = unknown("jaeger", count + 1);
            assert_logs("child that prints warnings", [("OTEL_PROPAGATORS", list.into())], &[&line])
        }),
        Trial::test("a list of propagators that is not Unicode is logged once", || {
            let variables = [("OTEL_PROPAGATORS", not_unicode())];
            let line = r#" WARN opentelemetry_env_carrier: OTEL_PROPAGATORS is not valid Unicode and is ignored name="EnvCarrier.PropagatorsNotUnicode""#;
            assert_logs("child that prints warnings", variables, &[line])
        }),
        Trial::test("a subscriber may extract when it receives a warning", || {
            let variables = [("OTEL_PROPAGATORS", "b3".into())];
            assert_logs("child that extracts on each event", variables, &[])
        }),
        Trial::test("malformed baggage is not logged, because the SDK would log its value", || {
            assert_logs("child that prints warnings", [("BAGGAGE", SECRET.into())], &[])
        }),
        Trial::test("what is no span is no reason to warn", || {
            assert_logs("child that prints warnings", [("TRACESTATE", "a=1".into())], &[])
        }),
        Trial::test("of a healthy parent only skipped variables are logged, by name", || {
            let nul = skipped("NUL", "its value contains a NUL byte");
            let huge = skipped("HUGE", "it is longer than the platform allows");
            assert_logs("parent that prints warnings", [], &[&nul, &huge])
        }),
        Trial::test("each injection is logged at DEBUG, by names", || {
            assert_logs(
                "parent that prints events",
                [],
                &[
                    &injected("TRACEPARENT TRACESTATE BAGGAGE", ""),
                    &injected("FIRST", "SECOND"),
                    r#"DEBUG opentelemetry_env_carrier: Removed the context name="EnvCarrier.ContextRemoved" unset="TRACEPARENT TRACESTATE BAGGAGE""#,
                    &format!(
                        r#"DEBUG opentelemetry_env_carrier: There is nothing to inject. Is a span current on this thread, is there only one version of opentelemetry in the program, and is a propagator set? name="EnvCarrier.NothingToInject" opentelemetry="{}""#,
                        env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap().0
                    ),
                ],
            )
        }),
        Trial::test("each extraction is logged at DEBUG, by names", || {
            let variables = ALL.written.iter().map(|&(name, value)| (name, value.into()));
            assert_logs(
                "child that prints events",
                variables.chain([("OTHER", SECRET.into())]),
                &[
                    &extracted("TRACEPARENT TRACESTATE BAGGAGE"),
                    &extracted("TRACEPARENT TRACESTATE"),
                    &extracted("TRACEPARENT TRACESTATE BAGGAGE"),
                ],
            )
        }),
        Trial::test("that nothing was found is logged at DEBUG", || {
            let line = extracted("");
            assert_logs("child that prints events", [], &[&line, &line, &line])
        }),
        Trial::test("without a subscriber nothing is written", || {
            assert_logs("child without a subscriber", [("TRACEPARENT", SECRET.into())], &[])
        }),
    ]
}

fn incomplete(reason: &str) -> String {
    format!(
        r#" WARN opentelemetry_env_carrier: Cannot fully extract the parent context name="EnvCarrier.ParentContextIncomplete" reason="{reason}""#
    )
}

fn unknown(propagators: &str, others: usize) -> String {
    format!(
        r#" WARN opentelemetry_env_carrier: OTEL_PROPAGATORS names propagators that have to be set in code, with opentelemetry::global::set_text_map_propagator name="EnvCarrier.PropagatorUnknown" propagators="{propagators}" others={others}"#
    )
}

fn skipped(variable: &str, reason: &str) -> String {
    format!(
        r#" WARN opentelemetry_env_carrier: An environment variable was skipped, because it would prevent the spawn name="EnvCarrier.VariableSkipped" variable="{variable}" reason="{reason}""#
    )
}

fn injected(set: &str, unset: &str) -> String {
    format!(
        r#"DEBUG opentelemetry_env_carrier: Injected the context name="EnvCarrier.ContextInjected" set="{set}" unset="{unset}""#
    )
}

fn extracted(found: &str) -> String {
    let sampled = found.contains("TRACEPARENT");
    format!(
        r#"DEBUG opentelemetry_env_carrier: Extracted the parent context name="EnvCarrier.ContextExtracted" found="{found}" sampled={sampled}"#
    )
}

fn assert_logs(
    role: &str,
    variables: impl IntoIterator<Item = (&'static str, OsString)>,
    lines: &[&str],
) -> Result<(), Failed> {
    let output = roles::output(roles::command(role, "").env_clear().envs(variables))?;
    let expected: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert!(!expected.contains(SECRET));
    roles::same(&output, &expected)
}

fn nowhere() -> Vec<(String, String)> {
    Vec::new()
}

/// Writes what no environment can hold.
fn unfit() -> Scripted {
    let nul = format!("{SECRET}\0");
    Scripted::new(&[], &[("nul", &nul), ("huge", &SECRET.repeat(100_000))])
}
