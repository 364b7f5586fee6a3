//! What is logged, with names and never with values. What is logged of `OTEL_PROPAGATORS` is in
//! `which_propagator.rs`.

use std::ffi::OsString;
use std::panic::{self, catch_unwind};
use std::thread;

use opentelemetry::Context;
use opentelemetry_env_carrier::{
    EnvChanges, MainSpan, WithTraceContext as _, extract_parent_context,
    extract_parent_context_using, try_extract_parent_context,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::level_filters::LevelFilter;

use crate::fixtures::contexts::{ALL, TRACEPARENT, not_unicode, with_baggage, with_span};
use crate::fixtures::process::{NO_VARIABLES, in_process};
use crate::fixtures::propagators::Scripted;
use crate::fixtures::subscriber::{install_printer, install_reaction};

/// In every value that must not be logged.
const SECRET: &str = "SECRET";

#[test]
fn an_invalid_span_is_logged_on_each_extraction() {
    let line =
        incomplete("environment variable TRACEPARENT is set, but holds no valid span context");
    logs(LevelFilter::INFO, [("TRACEPARENT", SECRET.into())], [line.clone(), line], || {
        drop(extract_parent_context());
        drop(extract_parent_context());
    });
}

#[test]
fn a_variable_that_is_not_unicode_is_logged() {
    let line = incomplete("environment variable BAGGAGE is not valid Unicode");
    logs(LevelFilter::INFO, [("BAGGAGE", not_unicode())], [line], || {
        drop(extract_parent_context());
    });
}

/// The SDK would log it with its value.
#[test]
fn malformed_baggage_is_not_logged() {
    logs(LevelFilter::INFO, [("BAGGAGE", SECRET.into())], [], || drop(extract_parent_context()));
}

#[test]
fn a_tracestate_without_its_span_is_not_logged() {
    logs(LevelFilter::INFO, [("TRACESTATE", "a=1".into())], [], || drop(extract_parent_context()));
}

#[test]
fn of_injections_only_skipped_variables_are_logged_above_debug() {
    let lines = [
        skipped("NUL", "its value contains a NUL byte"),
        skipped("HUGE", "it is longer than the platform allows"),
    ];
    logs(LevelFilter::INFO, [], lines, || {
        let mut child = EnvChanges::new();
        child.with_trace_context_from(&(ALL.cx)());
        child.with_trace_context_from(&Context::new());
        child.without_trace_context();
        child.with_trace_context_using(&Scripted::for_tenants(), &Context::new());
        child.with_trace_context_using(&unfit(), &Context::new());
    });
}

#[test]
fn each_injection_is_logged_at_debug_with_what_is_skipped_as_unset() {
    let lines = [
        injected("Given", "TRACEPARENT TRACESTATE BAGGAGE", ""),
        injected("None", "FIRST", "SECOND"),
        skipped("NUL", "its value contains a NUL byte"),
        skipped("HUGE", "it is longer than the platform allows"),
        injected("None", "", "NUL HUGE"),
    ];
    logs(LevelFilter::TRACE, [], lines, || {
        let mut child = EnvChanges::new();
        child.with_trace_context_from(&(ALL.cx)());
        let partly = Scripted::new(&["first", "second"], &[("first", SECRET)]);
        child.with_trace_context_using(&partly, &Context::new());
        child.with_trace_context_using(&unfit(), &Context::new());
    });
}

#[test]
fn whose_span_is_injected_is_logged() {
    let lines = ["MainSpan", "Current", "Inherited", "Given"];
    let lines = lines.map(|span| injected(span, "TRACEPARENT BAGGAGE", "TRACESTATE") + "\n");
    in_process([("TRACEPARENT", TRACEPARENT)], &lines.concat(), || {
        let with_span_and_baggage = with_baggage(with_span(""));
        let main = MainSpan::builder().with_parent(&with_span_and_baggage).start();
        install_printer(LevelFilter::DEBUG);
        thread::spawn(|| drop(EnvChanges::from_current_context())).join().unwrap();
        drop(EnvChanges::from_current_context());
        drop(main);
        let _baggage = with_baggage(Context::new()).attach();
        drop(EnvChanges::from_current_context());
        drop(EnvChanges::from_context(&with_span_and_baggage));
    });
}

#[test]
fn a_subscriber_that_panicked_receives_later_events_all_the_same() {
    in_process(NO_VARIABLES, "an event\nan event\n", || {
        panic::set_hook(Box::new(|_| {}));
        install_reaction(|| {
            println!("an event");
            panic!("on an event");
        });
        for _ in 0..2 {
            catch_unwind(|| EnvChanges::new().with_trace_context().len()).unwrap_err();
        }
    });
}

/// Not of what was current before.
#[test]
fn sampled_is_what_was_extracted() {
    let lines = [extracted("", false), extracted("BAGGAGE", false)];
    logs(LevelFilter::DEBUG, [("BAGGAGE", "a=1".into())], lines, || {
        let _current = with_span("").attach();
        drop(extract_parent_context_using(&TraceContextPropagator::new()));
        drop(extract_parent_context());
    });
}

#[test]
fn a_variable_that_the_propagator_does_not_declare_is_not_looked_up() {
    let variables = [("TRACEPARENT", TRACEPARENT.into()), ("X_TENANT", SECRET.into())];
    logs(LevelFilter::DEBUG, variables, [extracted("X_TENANT", false)], || {
        drop(extract_parent_context_using(&Scripted::for_tenants()));
    });
}

#[test]
fn that_a_context_is_removed_or_that_there_is_none_is_logged_at_debug() {
    let version = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap().0;
    let lines = [
        r#"DEBUG opentelemetry_env_carrier: Removed the context name="EnvCarrier.ContextRemoved" unset="TRACEPARENT TRACESTATE BAGGAGE""#.to_owned(),
        format!(
            r#"DEBUG opentelemetry_env_carrier: There is nothing to inject. Is a span current on this thread, is there only one version of opentelemetry in the program, and is a propagator set? name="EnvCarrier.NothingToInject" opentelemetry="{version}""#
        ),
    ];
    logs(LevelFilter::TRACE, [], lines, || {
        EnvChanges::new().without_trace_context().with_trace_context();
    });
}

#[test]
fn each_extraction_is_logged_at_debug() {
    let variables = ALL.written.iter().map(|&(name, value)| (name, value.into()));
    let lines = [
        extracted("TRACEPARENT TRACESTATE BAGGAGE", true),
        extracted("TRACEPARENT TRACESTATE", true),
        extracted("TRACEPARENT TRACESTATE BAGGAGE", true),
    ];
    logs(LevelFilter::TRACE, variables.chain([("OTHER", SECRET.into())]), lines, || {
        drop(extract_parent_context());
        drop(extract_parent_context_using(&TraceContextPropagator::new()));
        let _ = try_extract_parent_context();
    });
}

#[test]
fn only_variables_that_were_asked_for_are_logged_however_many() {
    let variables = ["A", "J", "OTHER"].map(|name| (name, SECRET.into()));
    logs(LevelFilter::TRACE, variables, [extracted("A J", false)], || {
        let fields = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        drop(extract_parent_context_using(&Scripted::new(&fields, &[])));
    });
}

#[test]
fn that_nothing_was_found_is_logged_at_debug() {
    logs(LevelFilter::TRACE, [], [extracted("", false)], || drop(extract_parent_context()));
}

#[test]
fn without_a_subscriber_nothing_is_written() {
    in_process([("TRACEPARENT", SECRET)], "", || {
        drop(extract_parent_context());
        EnvChanges::new().with_trace_context_using(&unfit(), &Context::new());
    });
}

/// A process with a subscriber and these variables logs these lines, and never the secret.
#[track_caller]
fn logs(
    level: LevelFilter,
    variables: impl IntoIterator<Item = (&'static str, OsString)>,
    lines: impl IntoIterator<Item = String>,
    part: impl FnOnce(),
) {
    let lines: String = lines.into_iter().map(|line| line + "\n").collect();
    assert!(!lines.contains(SECRET));
    in_process(variables, &lines, || {
        install_printer(level);
        part();
    });
}

fn incomplete(reason: &str) -> String {
    format!(
        r#" WARN opentelemetry_env_carrier: Cannot fully extract the parent context name="EnvCarrier.ParentContextIncomplete" reason="{reason}""#
    )
}

fn skipped(variable: &str, reason: &str) -> String {
    format!(
        r#" WARN opentelemetry_env_carrier: An environment variable was skipped, because it would prevent the spawn name="EnvCarrier.VariableSkipped" variable="{variable}" reason="{reason}""#
    )
}

fn injected(span: &str, set: &str, unset: &str) -> String {
    format!(
        r#"DEBUG opentelemetry_env_carrier: Injected the context name="EnvCarrier.ContextInjected" span="{span}" set="{set}" unset="{unset}""#
    )
}

fn extracted(found: &str, sampled: bool) -> String {
    format!(
        r#"DEBUG opentelemetry_env_carrier: Extracted the parent context name="EnvCarrier.ContextExtracted" found="{found}" sampled={sampled}"#
    )
}

/// Writes what no environment can hold.
fn unfit() -> Scripted {
    let nul = format!("{SECRET}\0");
    Scripted::new(&[], &[("nul", &nul), ("huge", &SECRET.repeat(100_000))])
}
