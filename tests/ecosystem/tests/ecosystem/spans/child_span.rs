//! The span of a child that no `Command` of this crate spawned or waited for.

use std::sync::Barrier;
use std::{io, thread};

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::{ChildSpan, InSpan as _};
use tracing::level_filters::LevelFilter;

use super::exported::{CHILD, FAILED, Spans};
use crate::child::child;
use crate::fixtures::contexts::with_numbered_span;
use crate::fixtures::process::{NO_VARIABLES, in_process};
use crate::fixtures::subscriber::install_printer;

const WORKER: &str = "Client worker: process.executable.name='worker'";

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
    let spans = Spans::of_this_test();
    let ends: [fn(ChildSpan); 5] = [
        |span| span.end_with_code(0),
        |span| span.end_with_code(143),
        |span| span.end_with_error(&io::Error::new(io::ErrorKind::TimedOut, "too late")),
        |span| drop(span),
        |span| {
            span.ignore_failure();
            span.fail_with("leak".to_owned()); // the last call counts
            span.end_with_code(1);
        },
    ];
    for end in ends {
        let span = ChildSpan::start("worker");
        span.fail_with("timeout");
        end(span);
    }
    let error = |what: &str| format!("{WORKER} {what}");
    assert_eq!(
        spans.shown(),
        [
            error("process.exit.code=0 error.type='timeout' Error"),
            error("process.exit.code=143 error.type='timeout' Error"),
            error("error.type='timeout' Error: too late"),
            error("error.type='timeout' Error"),
            error("process.exit.code=1 error.type='leak' Error"),
        ]
    );
}

#[test]
fn a_failure_of_its_own_type_may_be_ignored_and_comes_too_late_after_the_end() {
    let spans = Spans::of_this_test();
    let mut child = child("exit 3").in_span().with_expected_codes([3]).spawn().unwrap();
    child.fail_with("timeout");
    child.ignore_failure();
    child.wait().unwrap();
    child.fail_with("timeout");
    assert_eq!(spans.shown(), [format!("{CHILD} process.exit.code=3 Unset")]);
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
    in_process(NO_VARIABLES, "", || {
        let ended = Spans::of_this_process().counter();
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
fn a_child_that_is_forgotten_ends_its_span_without_an_exit_code() {
    let spans = Spans::of_this_test();
    drop(ChildSpan::start("worker"));
    assert_eq!(spans.shown(), [format!("{WORKER} Unset")]);
}

#[test]
fn the_path_and_arguments_are_those_that_are_given() {
    let spans = Spans::of_this_test();
    let path = if cfg!(windows) { "C:/worker" } else { "/usr/bin/worker" };
    drop(ChildSpan::builder(path).with_arguments(["--fast"]).start());
    let span = format!("{WORKER} process.executable.path='{path}'");
    assert_eq!(
        spans.shown(),
        [format!(r#"{span} process.command_args=["{path}","--fast"] Unset"#)]
    );
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
    in_process(
        NO_VARIABLES,
        "DEBUG opentelemetry_env_carrier: There is no span. Is a global tracer provider set (or a tracer, with `with_tracer`), is it not shut down, is telemetry not suppressed, and is there only one version of opentelemetry in the program? name=\"EnvCarrier.NoSpan\" opentelemetry=\"0.33\"\n\
         DEBUG opentelemetry_env_carrier: A span starts a new trace: the given context has no span; or none was given, none is current on this thread, and none was inherited name=\"EnvCarrier.NoParentSpan\"\n",
        || {
            let _spans = Spans::of_this_process();
            install_printer(LevelFilter::TRACE);
            let suppressed = Context::enter_telemetry_suppressed_scope();
            drop(ChildSpan::start("worker"));
            drop(suppressed);
            drop(ChildSpan::start("worker"));
            drop(ChildSpan::builder("worker").with_parent(&with_numbered_span(7)).start());
        },
    );
}
