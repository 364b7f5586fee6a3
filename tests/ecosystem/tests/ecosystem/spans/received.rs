//! What a child in a span receives: exactly its span, or exactly what it would have received without one. And what
//! the next child of the command receives.

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::{Command, Output};

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{
    CommandInSpan, InSpan as _, MainSpan, ReadEnv as _, WithTraceContext as _,
};
use opentelemetry_propagator_b3::Propagator as B3;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::Sampler;
use tokio::runtime::Runtime;

use super::exported::{NEW_TRACE, Spans, shut_down};
use crate::child::child;
use crate::fixtures::contexts::{ALL, STALE, with_baggage, with_numbered_span};
use crate::fixtures::process::{NO_VARIABLES, in_process};
use crate::fixtures::shown::lines;

/// In the trace of [`ALL`].
const CONTINUED: &str = "BAGGAGE=build.id=42
TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-feed000000000001-01
TRACESTATE=vendor=value
";

/// In a new trace.
const STARTED: &str = "TRACEPARENT=00-feedfeedfeedfeedfeedfeedfeedfeed-feed000000000001-01\n";

/// In the trace of [`STALE`].
const INHERITED: &str = "BAGGAGE=stale=1
TRACEPARENT=00-11111111111111111111111111111111-feed000000000001-01
TRACESTATE=stale=1
";

#[test]
fn a_child_continues_its_span_with_tracestate_and_baggage() {
    receives(CONTINUED, (ALL.cx)(), |command| command);
}

#[test]
fn a_child_continues_its_span_with_tracestate_and_baggage_of_the_parent_that_is_given() {
    receives(CONTINUED, with_numbered_span(7), |command| command.with_parent(&(ALL.cx)()));
}

#[test]
fn a_child_in_a_new_trace_receives_nothing_stale() {
    receives(STARTED, Context::new(), |command| command.with_parent(&Context::new()));
}

#[test]
fn a_child_continues_the_trace_of_its_ancestors_with_their_tracestate_and_baggage() {
    receives(INHERITED, Context::new(), |command| command);
}

#[test]
fn a_child_in_the_trace_of_its_ancestors_receives_current_baggage() {
    let received = INHERITED.replace("stale=1\nTRACEPARENT", "build.id=42\nTRACEPARENT");
    receives(&received, with_baggage(Context::new()), |command| command);
}

#[test]
fn a_child_that_must_not_see_the_trace_receives_nothing() {
    receives("", (ALL.cx)(), |command| command.without_trace_context());
}

/// Whatever else was done to the command.
#[test]
fn a_child_in_a_span_of_main_with_baggage_receives_nothing_if_it_must_not_see_the_trace() {
    let stale: [&[_]; 2] = [STALE, &[("X_B3_TRACEID", "1")]];
    in_process(stale.concat(), "", || {
        let both = TextMapCompositePropagator::new(vec![
            Box::new(BaggagePropagator::new()),
            Box::new(TraceContextPropagator::new()),
            Box::new(B3::new()),
        ]);
        global::set_text_map_propagator(both);
        let _spans = Spans::of_this_process();
        let _baggage = with_baggage(Context::new()).attach();
        let _main = MainSpan::start();
        for prepare in PREPARATIONS {
            let mut command = child("show-environment");
            prepare(&mut command).in_span().without_trace_context().status().unwrap();
            let mut command = tokio::process::Command::from(command);
            Runtime::new().unwrap().block_on(async {
                command.in_span().without_trace_context().status().await.unwrap();
            });
            let mut command = async_process::Command::from(child("show-environment"));
            let command = command.in_span().without_trace_context();
            smol::block_on(command.status()).unwrap();
        }
    });
}

const PREPARATIONS: [fn(&mut Command) -> &mut Command; 3] =
    [|as_it_is| as_it_is, |without| without.without_trace_context(), |cleared| cleared.env_clear()];

#[test]
fn a_span_injects_whatever_was_done_to_the_command_before() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        for prepare in PREPARATIONS {
            let mut command = child("show-environment");
            let output = prepare(&mut command).in_span().output().unwrap();
            let span = spans.ended().pop().unwrap().span_context.span_id().to_string();
            assert!(String::from_utf8(output.stdout).unwrap().contains(&span));
        }
    });
}

#[test]
fn a_command_that_is_used_for_three_spans_injects_each_of_them() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let mut command = child("show-environment");
        for _ in 0..3 {
            let output = command.in_span().output().unwrap();
            let span = spans.ended().pop().unwrap().span_context.span_id();
            let expected = format!("TRACEPARENT=00-{NEW_TRACE}-{span}-01\n");
            assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        }
    });
}

#[test]
fn a_child_continues_a_span_that_is_not_sampled() {
    let received = CONTINUED.replace("0001-01", "0001-00");
    in_process(STALE.iter().copied(), &received, || {
        let spans = Spans::of_this_process_with(Sampler::AlwaysOff);
        let _current = (ALL.cx)().attach();
        child("show-environment").in_span().status().unwrap();
        assert!(spans.ended().is_empty());
    });
}

#[test]
fn without_a_provider_a_child_receives_what_it_would_without_a_span() {
    receives_the_same_without_a_span(|| {}, |cx| cx);
}

#[test]
fn after_the_shutdown_a_child_receives_what_it_would_without_a_span() {
    receives_the_same_without_a_span(shut_down, |cx| cx);
}

#[test]
fn where_telemetry_is_suppressed_a_child_receives_what_it_would_without_a_span() {
    receives_the_same_without_a_span(
        || _ = Spans::of_this_process(),
        |cx| cx.with_telemetry_suppressed(),
    );
}

#[test]
fn a_command_of_std_is_restored_when_it_was_used_in_a_span() {
    is_restored(|mut command| [command.in_span().output().unwrap(), command.output().unwrap()]);
}

#[test]
fn a_command_of_tokio_is_restored_when_it_was_used_in_a_span() {
    is_restored(|command| {
        let mut command = tokio::process::Command::from(command);
        Runtime::new().unwrap().block_on(async {
            [command.in_span().output().await.unwrap(), command.output().await.unwrap()]
        })
    });
}

#[test]
fn a_command_of_async_process_is_restored_when_it_was_used_in_a_span() {
    is_restored(|command| {
        let mut command = async_process::Command::from(command);
        smol::block_on(async {
            [command.in_span().output().await.unwrap(), command.output().await.unwrap()]
        })
    });
}

/// As tokio's does outside of a runtime.
#[test]
fn a_command_is_restored_if_its_spawn_panics() {
    in_process(NO_VARIABLES, "", || {
        panic::set_hook(Box::new(|_| {}));
        let spans = Spans::of_this_process();
        let mut command = tokio::process::Command::from(child("exit 0"));
        command.env("TRACEPARENT", "its own");
        let spawn = || command.in_span().spawn().map(drop);
        catch_unwind(AssertUnwindSafe(spawn)).unwrap_err();
        assert_eq!(command.var("TRACEPARENT"), Some("its own"));
        assert_eq!(spans.ended().len(), 1);
    });
}

/// In a process that inherits [`STALE`].
#[track_caller]
fn receives(
    environment: &str,
    current: Context,
    options: for<'a> fn(CommandInSpan<'a, Command>) -> CommandInSpan<'a, Command>,
) {
    in_process(STALE.iter().copied(), environment, || {
        let spans = Spans::of_this_process();
        let _current = current.attach();
        options(child("show-environment").in_span()).status().unwrap();
        assert_eq!(spans.ended().len(), 1);
    });
}

/// A child in a span that does not exist, and one with the current context.
#[track_caller]
fn receives_the_same_without_a_span(set_up: fn(), adapt: fn(Context) -> Context) {
    let baggage_in_the_trace_of_stale = [STALE, &[("BAGGAGE", "build.id=42")]].concat();
    let received: [&[_]; 3] = [STALE, ALL.written, &baggage_in_the_trace_of_stale];
    let received = received.map(|all| lines(all.iter().copied().collect()).repeat(2));
    in_process(STALE.iter().copied(), &received.concat(), || {
        set_up();
        for current in [Context::new(), (ALL.cx)(), with_baggage(Context::new())] {
            let _current = adapt(current).attach();
            child("show-environment").in_span().status().unwrap();
            child("show-environment").with_trace_context().status().unwrap();
        }
    });
}

/// `run` returns what the child of a command in a span writes, and then what that of the command itself writes.
#[track_caller]
fn is_restored(run: fn(Command) -> [Output; 2]) {
    let prepare: [fn(&mut Command) -> &mut Command; 4] = [
        |as_it_is| as_it_is,
        |with_its_own| with_its_own.env("TRACEPARENT", "its own").env_remove("BAGGAGE"),
        |cleared| cleared.env_clear(),
        |cleared_with_its_own| cleared_with_its_own.env_clear().env("TRACESTATE", "its own"),
    ];
    in_process(ALL.written.iter().copied(), "", || {
        for prepare in prepare {
            let _spans = Spans::of_this_process();
            let command = || {
                let mut command = child("show-environment");
                prepare(&mut command);
                command
            };
            let [in_span, after] = run(command());
            assert_eq!(String::from_utf8(in_span.stdout).unwrap(), CONTINUED);
            assert_eq!(after, command().output().unwrap());
        }
    });
}
