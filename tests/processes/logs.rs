//! What is logged, with names and never with values.

use std::ffi::OsString;

use opentelemetry::Context;
use opentelemetry_env_carrier::{
    WithTraceContext as _, extract_parent_context, extract_parent_context_using,
    try_extract_parent_context,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::level_filters::LevelFilter;

use crate::fixtures::contexts::ALL;
use crate::fixtures::propagators::{Scripted, Tenant};
use crate::fixtures::roles::{Test, not_unicode, test};
use crate::fixtures::subscriber::{install_printer, install_reaction};

/// In every value that must not be logged.
const SECRET: &str = "SECRET";

pub(crate) fn tests() -> Vec<Test> {
    let rejected =
        incomplete("environment variable TRACEPARENT is set, but holds no valid span context");
    let not_unicode_baggage = incomplete("environment variable BAGGAGE is not valid Unicode");
    // As many as fit into a variable on Windows.
    let count = if cfg!(windows) { 5_000 } else { 20_000 };
    let tokens = format!("{SECRET},tracecontext,{}jaeger", "tok3n,".repeat(count));
    let whole = ALL.written.iter().map(|&(name, value)| (name, value.into()));
    vec![
        logs(
            "a rejected span is logged on each extraction, by name only",
            [("TRACEPARENT", SECRET.into())],
            extract_and_print_warnings,
            &[&rejected, &rejected],
        ),
        logs(
            "a variable that is not Unicode is logged, by name only",
            [("BAGGAGE", not_unicode())],
            extract_and_print_warnings,
            &[&not_unicode_baggage, &not_unicode_baggage],
        ),
        logs(
            "propagators to be set in code are logged once, by name",
            [("OTEL_PROPAGATORS", "b3,B3,tracecontext,ottrace".into())],
            extract_and_print_warnings,
            &[&unknown("b3 ottrace", 0)],
        ),
        logs(
            "unknown propagators are logged once, by their number",
            [("OTEL_PROPAGATORS", tokens.into())],
            extract_and_print_warnings,
            &[&unknown("jaeger", count + 1)],
        ),
        logs(
            "a list of propagators that is not Unicode is logged once",
            [("OTEL_PROPAGATORS", not_unicode())],
            extract_and_print_warnings,
            &[
                r#" WARN opentelemetry_env_carrier: OTEL_PROPAGATORS is not valid Unicode and is ignored name="EnvCarrier.PropagatorsNotUnicode""#,
            ],
        ),
        logs(
            "a subscriber may extract when it receives a warning",
            [("OTEL_PROPAGATORS", "b3".into())],
            || {
                install_reaction(|| drop(extract_parent_context()));
                drop(extract_parent_context());
            },
            &[],
        ),
        logs(
            "malformed baggage is not logged, because the SDK would log its value",
            [("BAGGAGE", SECRET.into())],
            extract_and_print_warnings,
            &[],
        ),
        logs(
            "what is no span is no reason to warn",
            [("TRACESTATE", "a=1".into())],
            extract_and_print_warnings,
            &[],
        ),
        logs(
            "of a healthy parent only skipped variables are logged, by name",
            [],
            || {
                install_printer(LevelFilter::INFO);
                nowhere().with_trace_context_from(&(ALL.cx)());
                nowhere().with_trace_context_from(&Context::new());
                nowhere().without_trace_context();
                nowhere().with_trace_context_using(&Tenant::new(), &Context::new());
                nowhere().with_trace_context_using(&unfit(), &Context::new());
            },
            &[
                &skipped("NUL", "its value contains a NUL byte"),
                &skipped("HUGE", "it is longer than the platform allows"),
            ],
        ),
        logs(
            "each injection is logged at DEBUG, by names",
            [],
            || {
                install_printer(LevelFilter::TRACE);
                nowhere().with_trace_context_from(&(ALL.cx)());
                let partly = Scripted::new(&["first", "second"], &[("first", SECRET)]);
                nowhere().with_trace_context_using(&partly, &Context::new());
                nowhere().without_trace_context();
                nowhere().with_trace_context();
            },
            &[
                &injected("TRACEPARENT TRACESTATE BAGGAGE", ""),
                &injected("FIRST", "SECOND"),
                r#"DEBUG opentelemetry_env_carrier: Removed the context name="EnvCarrier.ContextRemoved" unset="TRACEPARENT TRACESTATE BAGGAGE""#,
                &format!(
                    r#"DEBUG opentelemetry_env_carrier: There is nothing to inject. Is a span current on this thread, is there only one version of opentelemetry in the program, and is a propagator set? name="EnvCarrier.NothingToInject" opentelemetry="{}""#,
                    env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap().0
                ),
            ],
        ),
        logs(
            "each extraction is logged at DEBUG, by names",
            whole.chain([("OTHER", SECRET.into())]),
            extract_in_each_way_and_print_events,
            &[
                &extracted("TRACEPARENT TRACESTATE BAGGAGE"),
                &extracted("TRACEPARENT TRACESTATE"),
                &extracted("TRACEPARENT TRACESTATE BAGGAGE"),
            ],
        ),
        logs(
            "that nothing was found is logged at DEBUG",
            [],
            extract_in_each_way_and_print_events,
            &[&extracted(""), &extracted(""), &extracted("")],
        ),
        logs(
            "without a subscriber nothing is written",
            [("TRACEPARENT", SECRET.into())],
            || {
                drop(extract_parent_context());
                nowhere().with_trace_context_using(&unfit(), &Context::new());
            },
            &[],
        ),
    ]
}

/// A process that uses the crate logs these lines, and never the secret.
fn logs(
    name: &str,
    variables: impl IntoIterator<Item = (&'static str, OsString)> + Send + 'static,
    play: fn(),
    lines: &[&str],
) -> Test {
    let expected: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert!(!expected.contains(SECRET));
    test(name, variables, play, expected)
}

fn extract_and_print_warnings() {
    install_printer(LevelFilter::INFO);
    drop(extract_parent_context());
    drop(extract_parent_context());
}

fn extract_in_each_way_and_print_events() {
    install_printer(LevelFilter::TRACE);
    drop(extract_parent_context());
    drop(extract_parent_context_using(&TraceContextPropagator::new()));
    let _ = try_extract_parent_context();
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

fn nowhere() -> Vec<(String, String)> {
    Vec::new()
}

/// Writes what no environment can hold.
fn unfit() -> Scripted {
    let nul = format!("{SECRET}\0");
    Scripted::new(&[], &[("nul", &nul), ("huge", &SECRET.repeat(100_000))])
}
