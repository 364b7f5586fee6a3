//! What is logged, with names and never with values.

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
use crate::fixtures::shown::INVALID_SPAN;
use crate::fixtures::subscriber::{install_printer, install_reaction};

/// In every value that must not be logged.
const SECRET: &str = "SECRET";
const HAS_NUL: &str = "its value contains a NUL byte";
const TOO_LONG: &str = "it is longer than the platform allows";

/// A test for each row: a process with these variables and a subscriber for this level logs these lines, and
/// never the secret.
macro_rules! logs {
    ($($name:ident: at $level:ident, with $variables:expr, $part:expr => $lines:expr;)*) => {
        mod logs {
            use super::*;

            $(
                #[test]
                fn $name() {
                    let lines: &[String] = &$lines;
                    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
                    assert!(!lines.contains(SECRET));
                    let variables: &[(&str, OsString)] = &$variables;
                    let part: fn() = $part;
                    in_process(variables.iter().cloned(), &lines, || {
                        install_printer(LevelFilter::$level);
                        part();
                    });
                }
            )*
        }
    };
}

logs! {
    an_invalid_span_on_each_extraction:
        at INFO, with [("TRACEPARENT", SECRET.into())], extract_twice => [incomplete(INVALID_SPAN), incomplete(INVALID_SPAN)];
    a_variable_that_is_not_unicode:
        at INFO, with [("BAGGAGE", not_unicode())], || drop(extract_parent_context())
        => [incomplete("environment variable BAGGAGE is not valid Unicode")];
    // The SDK would log it with its value.
    no_malformed_baggage:
        at INFO, with [("BAGGAGE", SECRET.into())], || drop(extract_parent_context()) => [];
    no_tracestate_without_its_span:
        at INFO, with [("TRACESTATE", "a=1".into())], || drop(extract_parent_context()) => [];
    propagators_to_be_set_in_code_once_by_name:
        at INFO, with [("OTEL_PROPAGATORS", "b3,B3,tracecontext,ottrace".into())], extract_twice => [unknown_propagators("b3 ottrace", 0)];
    unknown_propagators_once_by_their_number:
        at INFO, with [("OTEL_PROPAGATORS", many_unknown_propagators().into())], extract_twice => [unknown_propagators("jaeger", MANY + 1)];
    propagators_that_are_not_unicode_once:
        at INFO, with [("OTEL_PROPAGATORS", not_unicode())], extract_twice => [event(" WARN", "PropagatorsNotUnicode", "OTEL_PROPAGATORS is not valid Unicode and is ignored", "")];
    of_injections_only_skipped_variables_above_debug:
        at INFO, with [], || {
            let mut child = EnvChanges::new();
            child.with_trace_context_from(&(ALL.cx)());
            child.with_trace_context_from(&Context::new());
            child.without_trace_context();
            child.with_trace_context_using(&Scripted::for_tenants(), &Context::new());
            child.with_trace_context_using(&unfit(), &Context::new());
        } => [skipped("NUL", HAS_NUL), skipped("HUGE", TOO_LONG)];
    each_injection_at_debug_with_what_is_skipped_as_unset:
        at TRACE, with [], || {
            let mut child = EnvChanges::new();
            child.with_trace_context_from(&(ALL.cx)());
            let partly = Scripted::new(&["first", "second"], &[("first", SECRET)]);
            child.with_trace_context_using(&partly, &Context::new());
            child.with_trace_context_using(&unfit(), &Context::new());
        } => [
            injected("Given", "TRACEPARENT TRACESTATE BAGGAGE", ""),
            injected("None", "FIRST", "SECOND"),
            skipped("NUL", HAS_NUL),
            skipped("HUGE", TOO_LONG),
            injected("None", "", "NUL HUGE"),
        ];
    that_a_context_is_removed_or_that_there_is_none_at_debug:
        at TRACE, with [], || _ = EnvChanges::new().without_trace_context().with_trace_context()
        => [removed("TRACEPARENT TRACESTATE BAGGAGE"), nothing_to_inject()];
    each_extraction_at_debug:
        at TRACE, with [("TRACEPARENT", TRACEPARENT.into()), ("BAGGAGE", "a=1".into()), ("OTHER", SECRET.into())], || {
            drop(extract_parent_context());
            drop(extract_parent_context_using(&TraceContextPropagator::new()));
            let _ = try_extract_parent_context();
        } => [
            extracted("TRACEPARENT BAGGAGE", true),
            extracted("TRACEPARENT", true),
            extracted("TRACEPARENT BAGGAGE", true),
        ];
    that_nothing_was_found_at_debug:
        at TRACE, with [], || drop(extract_parent_context()) => [extracted("", false)];
    as_sampled_what_was_extracted_and_not_what_was_current_before:
        at DEBUG, with [("BAGGAGE", "a=1".into())], || {
            let _current = with_span("").attach();
            drop(extract_parent_context_using(&TraceContextPropagator::new()));
            drop(extract_parent_context());
        } => [extracted("", false), extracted("BAGGAGE", false)];
    no_variable_that_the_propagator_does_not_declare:
        at DEBUG, with [("TRACEPARENT", TRACEPARENT.into()), ("X_TENANT", SECRET.into())],
        || drop(extract_parent_context_using(&Scripted::for_tenants())) => [extracted("X_TENANT", false)];
    only_variables_that_were_asked_for_however_many:
        at TRACE, with ["A", "J", "OTHER"].map(|name| (name, SECRET.into())), || {
            let fields = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
            drop(extract_parent_context_using(&Scripted::new(&fields, &[])));
        } => [extracted("A J", false)];
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

fn extract_twice() {
    drop(extract_parent_context());
    drop(extract_parent_context());
}

fn incomplete(reason: &str) -> String {
    let fields = format!(r#" reason="{reason}""#);
    event(" WARN", "ParentContextIncomplete", "Cannot fully extract the parent context", &fields)
}

fn skipped(variable: &str, reason: &str) -> String {
    let message = "An environment variable was skipped, because it would prevent the spawn";
    let fields = format!(r#" variable="{variable}" reason="{reason}""#);
    event(" WARN", "VariableSkipped", message, &fields)
}

fn unknown_propagators(propagators: &str, others: usize) -> String {
    let message = "OTEL_PROPAGATORS names propagators that have to be set in code, with opentelemetry::global::set_text_map_propagator";
    let fields = format!(r#" propagators="{propagators}" others={others}"#);
    event(" WARN", "PropagatorUnknown", message, &fields)
}

fn injected(span: &str, set: &str, unset: &str) -> String {
    let fields = format!(r#" span="{span}" set="{set}" unset="{unset}""#);
    event("DEBUG", "ContextInjected", "Injected the context", &fields)
}

fn removed(unset: &str) -> String {
    event("DEBUG", "ContextRemoved", "Removed the context", &format!(r#" unset="{unset}""#))
}

fn nothing_to_inject() -> String {
    let message = "There is nothing to inject. Is a span current on this thread, is there only one version of opentelemetry in the program, and is a propagator set?";
    let version = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap().0;
    event("DEBUG", "NothingToInject", message, &format!(r#" opentelemetry="{version}""#))
}

fn extracted(found: &str, sampled: bool) -> String {
    let fields = format!(r#" found="{found}" sampled={sampled}"#);
    event("DEBUG", "ContextExtracted", "Extracted the parent context", &fields)
}

/// A line of the log, with its fields in the form of ` NAME=VALUE`.
fn event(level: &str, name: &str, message: &str, fields: &str) -> String {
    format!(r#"{level} opentelemetry_env_carrier: {message} name="EnvCarrier.{name}"{fields}"#)
}

/// As many as fit into a variable on Windows.
const MANY: usize = if cfg!(windows) { 5_000 } else { 20_000 };

fn many_unknown_propagators() -> String {
    format!("{SECRET},tracecontext,{}jaeger", "tok3n,".repeat(MANY))
}

/// Writes what no environment can hold.
fn unfit() -> Scripted {
    let nul = format!("{SECRET}\0");
    Scripted::new(&[], &[("nul", &nul), ("huge", &SECRET.repeat(100_000))])
}
