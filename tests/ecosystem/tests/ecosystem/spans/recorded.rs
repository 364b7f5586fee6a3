//! What the span of a child records: with each option, and for each end.

use std::io;
#[cfg(unix)]
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
#[cfg(unix)]
use std::process::ExitStatus;

use opentelemetry::KeyValue;
use opentelemetry_env_carrier::{ChildSpan, InSpan as _};

use super::exported::{CHILD, FAILED, SUCCEEDED, Spans, attribute};
use crate::child::child;
use crate::fixtures::contexts::not_unicode;

#[test]
fn the_name_is_that_of_the_program_unless_another_is_given() {
    let spans = Spans::of_this_test();
    child("exit 0").in_span().with_name("a name").status().unwrap();
    assert_eq!(
        spans.shown(),
        [format!("{CHILD} {SUCCEEDED}").replace("Client child", "Client a name")]
    );
}

#[test]
fn attributes_are_added() {
    let spans = Spans::of_this_test();
    let (first, second) = (KeyValue::new("first", "1"), KeyValue::new("second", "2"));
    child("exit 0").in_span().with_attributes([first]).with_attributes([second]).status().unwrap();
    let attributes = "first='1' second='2' process.executable.name";
    assert_eq!(
        spans.shown(),
        [format!("{CHILD} {SUCCEEDED}").replace("process.executable.name", attributes)]
    );
}

#[test]
fn attributes_replace_those_of_this_crate_and_those_that_it_records_later() {
    let keys = [
        "process.executable.name",
        "process.executable.path",
        "process.command_args",
        "process.pid",
        "process.exit.code",
        "error.type",
    ];
    let spans = Spans::of_this_test();
    let attributes = keys.map(|key| KeyValue::new(key, "mine"));
    child("exit 3").in_span().with_arguments().with_attributes(attributes).status().unwrap();
    let attributes = keys.map(|key| format!("{key}='mine'")).join(" ");
    assert_eq!(spans.shown(), [format!("Client child: {attributes} Error")]);
}

#[test]
fn arguments_are_recorded_if_that_is_asked_for_even_if_they_are_not_unicode() {
    let spans = Spans::of_this_test();
    child("exit 0").arg(not_unicode()).in_span().with_arguments().status().unwrap();
    let lossy = if cfg!(windows) { "S\u{FFFD}" } else { "SECRET\u{FFFD}" };
    let arguments =
        format!(r#"process.command_args=["PATH","exit","0","{lossy}"] process.pid=PID"#);
    assert_eq!(
        spans.shown(),
        [format!("{CHILD} {SUCCEEDED}").replace("process.pid=PID", &arguments)]
    );
}

#[test]
fn an_exit_code_that_is_expected_is_not_an_error() {
    let spans = Spans::of_this_test();
    child("exit 3").in_span().with_expected_codes([1, 2]).status().unwrap();
    child("exit 3").in_span().with_expected_codes([1, 3]).status().unwrap();
    assert_eq!(
        spans.shown(),
        [format!("{CHILD} {FAILED}"), format!("{CHILD} process.exit.code=3 Unset")]
    );
}

#[test]
fn expected_exit_codes_add_up() {
    let spans = Spans::of_this_test();
    child("exit 3").in_span().with_expected_codes([3]).with_expected_codes([4]).status().unwrap();
    assert_eq!(spans.shown(), [format!("{CHILD} process.exit.code=3 Unset")]);
}

#[test]
fn a_failure_that_is_ignored_is_not_an_error() {
    let spans = Spans::of_this_test();
    let mut child = child("exit 3").in_span().spawn().unwrap();
    child.ignore_failure();
    child.wait().unwrap();
    assert_eq!(spans.shown(), [format!("{CHILD} process.exit.code=3 Unset")]);
}

#[test]
fn an_error_has_the_name_of_its_kind() {
    use io::ErrorKind::*;
    let kinds = [
        NotFound,
        PermissionDenied,
        AlreadyExists,
        WouldBlock,
        NotADirectory,
        IsADirectory,
        InvalidInput,
        InvalidData,
        TimedOut,
        Interrupted,
        BrokenPipe,
        UnexpectedEof,
        Unsupported,
        OutOfMemory,
        ResourceBusy,
        ExecutableFileBusy,
        ArgumentListTooLong,
    ];
    let mut names = kinds.map(|kind| (kind, format!("{kind:?}"))).to_vec();
    names.push((Other, "_OTHER".to_owned()));
    for (kind, name) in names {
        let spans = Spans::of_this_test();
        ChildSpan::start("worker").end_with_error(&io::Error::new(kind, "what happened"));
        let span = "Client worker: process.executable.name='worker' error.type=";
        assert_eq!(spans.shown(), [format!("{span}'{name}' Error: what happened")]);
    }
}

#[cfg(unix)]
#[test]
fn a_signal_has_its_common_name_or_else_the_exit_code_of_a_shell() {
    use nix::sys::signal::Signal::{self, *};
    let common = [
        SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV,
        SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ,
    ];
    for signal in 1..=64 {
        let spans = Spans::of_this_test();
        ChildSpan::start("worker").end_with_status(ExitStatus::from_raw(signal));
        let code = 128 + signal;
        let name = match Signal::try_from(signal) {
            Ok(signal) if common.contains(&signal) => signal.as_str().to_owned(),
            _ => code.to_string(),
        };
        assert_eq!(
            spans.shown(),
            [format!(
                "Client worker: process.executable.name='worker' process.exit.code={code} \
                 error.type='{name}' Error"
            )]
        );
    }
}

#[cfg(unix)]
#[test]
fn the_exit_code_of_a_shell_for_a_signal_may_be_expected() {
    let spans = Spans::of_this_test();
    let span = ChildSpan::builder("worker").with_expected_codes([143]).start();
    span.end_with_status(ExitStatus::from_raw(15));
    let span = "Client worker: process.executable.name='worker' process.exit.code=143 Unset";
    assert_eq!(spans.shown(), [span]);
}

#[test]
fn a_command_without_a_program_has_a_span_without_a_name() {
    let spans = Spans::of_this_test();
    Command::new("").in_span().status().unwrap_err();
    assert_eq!(spans.only().name, "");
    assert_eq!(attribute(&spans.only(), "process.executable.name"), Some("".into()));
}

/// Only with std: for commands of its own, the runtime of tokio would no longer ignore the signal.
#[cfg(target_os = "linux")]
#[test]
fn a_wait_that_fails_is_an_error() {
    use crate::fixtures::process::{output, process};

    let process = process(|| {
        let spans = Spans::of_this_process();
        let errors = [
            child("exit 0").in_span().status().unwrap_err(),
            child("exit 0").in_span().output().unwrap_err(),
            child("exit 0").in_span().spawn().unwrap().wait().unwrap_err(),
            child("exit 0").in_span().spawn().unwrap().wait_with_output().unwrap_err(),
        ];
        let ends = errors.map(|error| format!("error.type='_OTHER' Error: {error}"));
        for (span, end) in spans.shown().iter().zip(ends) {
            assert!(span.ends_with(&end), "{span}");
        }
    });
    // A process that ignores `SIGCHLD` cannot wait for its children: the system forgets them.
    let mut env = Command::new("env");
    env.arg("--ignore-signal=CHLD").arg(process.get_program()).args(process.get_args());
    assert_eq!(output(&mut env), "");
}

#[test]
fn the_instrumentation_scope_is_this_crate() {
    let spans = Spans::of_this_test();
    child("exit 0").in_span().status().unwrap();
    let span = spans.only();
    // The version of this package is another one.
    let manifest = include_str!("../../../../../Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = "));
    let version = version.map(|version| version.trim_matches('"'));
    let scope = &span.instrumentation_scope;
    assert_eq!((scope.name(), scope.version()), ("opentelemetry-env-carrier", version));
    assert_eq!((scope.attributes().count(), span.events.len(), span.links.len()), (0, 0, 0));
}
