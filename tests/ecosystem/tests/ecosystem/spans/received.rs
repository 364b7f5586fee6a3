//! What a child in a span receives: exactly its span, or exactly what it would have received without one.

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_env_carrier::CommandInSpan;
use opentelemetry_propagator_b3::Propagator as B3;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::Sampler;

use super::*;
use crate::fixtures::shown::lines;

/// In the trace of [`ALL`].
pub(super) const CONTINUED: &str = "BAGGAGE=build.id=42
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

const SPAN_ID_OF_STALE: &str = "2222222222222222";
const NO_PARENT: &str = "0000000000000000";

/// What a child receives in a process that inherits [`STALE`], and under which parent its span is.
macro_rules! receives {
    ($($test:ident: $current:expr, $options:expr => $received:expr, under $parent:expr;)*) => {$(
        #[test]
        fn $test() {
            in_process_with_spans(STALE, $received, |spans| {
                let _current = $current.attach();
                let options: fn(CommandInSpan<'_, Command>) -> CommandInSpan<'_, Command> = $options;
                options(child("show-environment").in_span()).status().unwrap();
                assert_eq!(spans.only().parent_span_id.to_string(), $parent);
            });
        }
    )*};
}

receives! {
    a_child_continues_the_current_trace_with_its_tracestate_and_baggage:
        (ALL.cx)(), |command| command => CONTINUED, under SPAN_ID;
    a_child_continues_the_trace_that_is_given_with_its_tracestate_and_baggage:
        with_numbered_span(7), |command| command.with_parent(&(ALL.cx)()) => CONTINUED, under SPAN_ID;
    a_child_in_a_new_trace_receives_nothing_stale:
        (ALL.cx)(), |command| command.with_parent(&Context::new()) => STARTED, under NO_PARENT;
    a_child_continues_the_trace_of_its_ancestors_with_their_tracestate_and_baggage:
        Context::new(), |command| command => INHERITED, under SPAN_ID_OF_STALE;
    a_child_in_the_trace_of_its_ancestors_receives_current_baggage:
        with_baggage(Context::new()), |command| command =>
        &INHERITED.replace("BAGGAGE=stale=1", "BAGGAGE=build.id=42"), under SPAN_ID_OF_STALE;
    a_child_that_must_not_see_the_trace_receives_nothing:
        (ALL.cx)(), |command| command.without_trace_context() => "", under SPAN_ID;
}

/// Whatever else was done to the command.
#[test]
fn a_child_in_a_span_of_main_with_baggage_receives_nothing_if_it_must_not_see_the_trace() {
    let prepare: [fn(&mut Command) -> &mut Command; 3] = [
        |as_it_is| as_it_is,
        |without| without.without_trace_context(),
        |cleared| cleared.env_clear(),
    ];
    let stale: [&[_]; 2] = [STALE, &[("X_B3_TRACEID", "1")]];
    in_process(stale.concat(), "", || {
        global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
            Box::new(BaggagePropagator::new()),
            Box::new(TraceContextPropagator::new()),
            Box::new(B3::new()),
        ]));
        let _spans = Spans::of_this_process();
        let _baggage = with_baggage(Context::new()).attach();
        let _main = MainSpan::start();
        let runtime = Runtime::new().unwrap();
        for prepare in prepare {
            let mut command = child("show-environment");
            prepare(&mut command).in_span().without_trace_context().status().unwrap();
            let mut command = tokio::process::Command::from(command);
            let status = async { command.in_span().without_trace_context().status().await };
            runtime.block_on(status).unwrap();
        }
        let mut command = async_process::Command::from(child("show-environment"));
        smol::block_on(command.in_span().without_trace_context().status()).unwrap();
    });
}

#[test]
fn a_command_that_is_used_for_three_spans_injects_each_of_them() {
    in_process_with_spans(&[], "", |_| {
        let mut command = child("show-environment");
        for number in 1..=3 {
            let output = command.in_span().output().unwrap();
            let received = STARTED.replace("0001-01", &format!("000{number}-01"));
            assert_eq!(String::from_utf8(output.stdout).unwrap(), received);
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

/// Without a provider, after its shutdown, and where telemetry is suppressed.
#[test]
fn where_there_are_no_spans_a_child_receives_what_it_would_without_one() {
    type Adapt = fn(Context) -> Context;
    let reasons: [(fn(), Adapt); 3] = [
        (|| {}, |cx| cx),
        (shut_down, |cx| cx),
        (|| _ = Spans::of_this_process(), |cx| cx.with_telemetry_suppressed()),
    ];
    let baggage_in_the_trace_of_stale = [STALE, &[("BAGGAGE", "build.id=42")]].concat();
    let received: [&[_]; 3] = [STALE, ALL.written, &baggage_in_the_trace_of_stale];
    let received = received.map(|all| lines(all.iter().copied().collect()).repeat(2)).concat();
    for (set_up, adapt) in reasons {
        in_process(STALE.iter().copied(), &received, || {
            set_up();
            for current in [Context::new(), (ALL.cx)(), with_baggage(Context::new())] {
                let _current = adapt(current).attach();
                child("show-environment").in_span().status().unwrap();
                child("show-environment").with_trace_context().status().unwrap();
            }
        });
    }
}

/// As tokio's does outside of a runtime, though not on Windows.
#[cfg(unix)]
#[test]
fn a_command_is_restored_if_its_spawn_panics() {
    use std::panic::{self, AssertUnwindSafe, catch_unwind};

    use opentelemetry_env_carrier::ReadEnv as _;

    in_process_with_spans(&[], "", |spans| {
        panic::set_hook(Box::new(|_| {}));
        let mut command = tokio::process::Command::from(child("exit 0"));
        command.env("TRACEPARENT", "its own");
        let spawn = || command.in_span().spawn().map(drop);
        catch_unwind(AssertUnwindSafe(spawn)).unwrap_err();
        assert_eq!(command.var("TRACEPARENT"), Some("its own"));
        assert_eq!(spans.ended().len(), 1);
    });
}
