//! Each method of a command of `std` in a span, and of its child: a program sees what it would see without a span,
//! which records the exit.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use opentelemetry::Value;
use opentelemetry_env_carrier::InSpan as _;

use super::exported::{CHILD, CHILD_WITHOUT_PID, FAILED, SUCCEEDED, Spans, attribute};
use crate::child::child;

#[test]
fn status_records_the_exit() {
    let spans = Spans::of_this_test();
    assert_eq!(child("exit 0").in_span().status().unwrap().code(), Some(0));
    assert_eq!(child("exit 3").in_span().status().unwrap().code(), Some(3));
    assert_eq!(spans.shown(), [format!("{CHILD} {SUCCEEDED}"), format!("{CHILD} {FAILED}")]);
}

#[test]
fn output_is_captured_and_records_the_exit_without_a_process_id() {
    let spans = Spans::of_this_test();
    let output = child("write exit 3").in_span().output().unwrap();
    assert_eq!(output, child("write exit 3").output().unwrap());
    assert_eq!(spans.shown(), [format!("{CHILD_WITHOUT_PID} {FAILED}")]);
}

#[test]
fn wait_records_the_exit_once() {
    let spans = Spans::of_this_test();
    let mut child = child("exit 3").in_span().spawn().unwrap();
    assert!(spans.ended().is_empty());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(spans.shown(), [format!("{CHILD} {FAILED}")]);
    assert_eq!(attribute(&spans.only(), "process.pid"), Some(Value::I64(child.id().into())));
}

#[test]
fn try_wait_records_the_exit_when_it_sees_it() {
    let spans = Spans::of_this_test();
    let mut child = child("read exit 3").stdin(Stdio::piped()).in_span().spawn().unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    assert!(spans.ended().is_empty());
    drop(child.stdin.take());
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => thread::yield_now(),
        }
    };
    assert_eq!(status.code(), Some(3));
    assert_eq!(spans.shown(), [format!("{CHILD} {FAILED}")]);
}

#[test]
fn wait_with_output_returns_what_was_piped_and_records_the_exit() {
    let spans = Spans::of_this_test();
    let mut command = child("write exit 3");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.in_span().spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output, command.spawn().unwrap().wait_with_output().unwrap());
    assert_eq!(spans.shown(), [format!("{CHILD} {FAILED}")]);
}

#[test]
fn a_child_can_be_talked_to_and_killed_and_its_wait_records_that() {
    let spans = Spans::of_this_test();
    let mut child = child("read exit 3").stdin(Stdio::piped()).in_span().spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(b"a question").unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = if cfg!(windows) {
        "process.exit.code=1 error.type='1' Error"
    } else {
        "process.exit.code=137 error.type='SIGKILL' Error"
    };
    assert_eq!(spans.shown(), [format!("{CHILD} {killed}")]);
}

#[test]
fn a_child_that_is_dropped_ends_its_span_without_an_exit_code() {
    let spans = Spans::of_this_test();
    drop(child("exit 3").in_span().spawn().unwrap());
    assert_eq!(spans.shown(), [format!("{CHILD} Unset")]);
}

#[test]
fn a_program_that_is_not_found_is_an_error() {
    let spans = Spans::of_this_test();
    let mut command = Command::new("no/such/program");
    let errors = [
        command.in_span().spawn().unwrap_err(),
        command.in_span().status().unwrap_err(),
        command.in_span().output().unwrap_err(),
    ];
    assert_eq!(errors.each_ref().map(io::Error::kind), [io::ErrorKind::NotFound; 3]);
    let span = "Client program: process.executable.name='program' error.type='NotFound' Error";
    assert_eq!(spans.shown(), errors.map(|error| format!("{span}: {error}")));
}
