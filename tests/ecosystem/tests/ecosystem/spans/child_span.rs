//! The span of a child that no `Command` of this crate spawned or waited for.

use std::sync::Barrier;

use tracing::level_filters::LevelFilter;

use super::*;
use crate::fixtures::subscriber::install_printer;

#[test]
fn a_child_that_is_taken_from_its_span_can_be_waited_for_by_other_means() {
    let spans = Spans::of_this_test();
    let (mut child, span) = child("exit 3").in_span().spawn().unwrap().into_parts();
    let status = child.wait().unwrap();
    span.context().span().set_attribute(KeyValue::new("verdict", "flaky"));
    span.end_with_status(status);
    assert_eq!(spans.shown(), [format!("{CHILD} verdict='flaky' {FAILED}")]);
}

#[test]
fn the_first_end_counts() {
    let spans = Spans::of_this_test();
    let span = ChildSpan::start("worker");
    span.end_with_error(&io::Error::new(io::ErrorKind::TimedOut, "too late"));
    span.end_with_code(0);
    drop(span);
    assert_eq!(spans.shown(), [format!("{WORKER} error.type='TimedOut' Error: too late")]);
}

#[test]
fn a_child_that_is_cancelled_is_not_an_error() {
    let spans = Spans::of_this_test();
    let span = ChildSpan::builder("worker").with_expected_codes([1]).start();
    span.set_pid(7);
    span.ignore_failure();
    span.end_with_code(143);
    assert_eq!(spans.shown(), [format!("{WORKER} process.pid=PID process.exit.code=143 Unset")]);
}

#[test]
fn a_failure_may_be_given_a_type_of_its_own() {
    fn too_slow() -> ChildSpan {
        let span = ChildSpan::start("worker");
        span.fail_with("timeout");
        span
    }
    let spans = Spans::of_this_test();
    too_slow().end_with_code(0);
    too_slow().end_with_code(143);
    too_slow().end_with_error(&io::Error::new(io::ErrorKind::TimedOut, "too late"));
    drop(too_slow());
    let leaks = too_slow();
    leaks.ignore_failure();
    leaks.fail_with("leak".to_owned()); // the last call counts
    leaks.end_with_code(1);
    let recorded = [
        "process.exit.code=0 error.type='timeout' Error",
        "process.exit.code=143 error.type='timeout' Error",
        "error.type='timeout' Error: too late",
        "error.type='timeout' Error",
        "process.exit.code=1 error.type='leak' Error",
    ];
    assert_eq!(spans.shown(), recorded.map(|end| format!("{WORKER} {end}")));
}

#[test]
fn a_failure_of_its_own_type_may_be_ignored_and_comes_too_late_after_the_end() {
    let spans = Spans::of_this_test();
    let mut command = child("exit 3");
    let mut fails = command.in_span().with_expected_codes([3]).spawn().unwrap();
    fails.fail_with("timeout");
    fails.wait().unwrap();
    let mut ignored = command.in_span().spawn().unwrap();
    ignored.fail_with("timeout");
    ignored.ignore_failure();
    ignored.wait().unwrap();
    ignored.fail_with("timeout");
    let ends = ["error.type='timeout' Error", "Unset"];
    assert_eq!(spans.shown(), ends.map(|end| format!("{CHILD} process.exit.code=3 {end}")));
}

/// Of an end that is mixed of two, there were 10 in 20,000.
#[test]
fn of_two_threads_that_end_a_span_one_counts_whole() {
    let spans = Spans::of_this_test();
    for _ in 0..20_000 {
        let span = ChildSpan::start("worker");
        let start = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                span.end_with_code(1);
            });
            start.wait();
            span.end_with_code(0);
        });
    }
    let ends = ["process.exit.code=0 Unset", "process.exit.code=1 error.type='1' Error"];
    let ends = ends.map(|end| format!("{WORKER} {end}"));
    for span in spans.shown() {
        assert!(ends.contains(&span), "{span}");
    }
    assert_eq!(spans.ended().len(), 20_000);
}

#[test]
fn a_thread_that_ends_a_span_second_returns_when_it_has_ended() {
    in_process_with_spans(&[], "", |spans| {
        let ended = spans.counter();
        for number in 1..=1_000 {
            let span = ChildSpan::start("worker");
            let end = || {
                span.end_with_code(0);
                assert_eq!(ended(), number);
            };
            thread::scope(|scope| {
                scope.spawn(end);
                scope.spawn(end);
            });
        }
    });
}

#[test]
fn the_path_and_arguments_are_those_that_are_given() {
    let spans = Spans::of_this_test();
    let path = if cfg!(windows) { "C:/worker" } else { "/usr/bin/worker" };
    drop(ChildSpan::builder(path).with_arguments(["--fast"]).start());
    let arguments = format!(r#"process.command_args=["{path}","--fast"]"#);
    let span = format!("{WORKER} process.executable.path='{path}' {arguments} Unset");
    assert_eq!(spans.shown(), [span]);
}

#[test]
fn debug_output_shows_no_arguments() {
    let builder = ChildSpan::builder("worker").with_arguments(["secret"]);
    assert_eq!(format!("{builder:?}"), "ChildSpanBuilder { .. }");
    let mut command = child("secret");
    assert_eq!(format!("{:?}", command.in_span().with_arguments()), "CommandInSpan { .. }");
}

#[test]
fn that_there_is_no_span_and_that_it_has_no_parent_is_logged_at_debug() {
    let logged = "DEBUG opentelemetry_env_carrier: There is no span. Is a global tracer provider set (or a tracer, with `with_tracer`), is it not shut down, is telemetry not suppressed, and is there only one version of opentelemetry in the program? name=\"EnvCarrier.NoSpan\" opentelemetry=\"0.33\"\n\
         DEBUG opentelemetry_env_carrier: A span starts a new trace: the given context has no span; or none was given, none is current on this thread, and none was inherited name=\"EnvCarrier.NoParentSpan\"\n";
    in_process_with_spans(&[], logged, |_spans| {
        install_printer(LevelFilter::TRACE);
        let suppressed = Context::enter_telemetry_suppressed_scope();
        drop(ChildSpan::start("worker"));
        drop(suppressed);
        drop(ChildSpan::start("worker"));
        drop(ChildSpan::builder("worker").with_parent(&with_numbered_span(7)).start());
    });
}
