//! What the span of a child records: with each option, and for each end.

#[cfg(unix)]
use std::os::unix::process::ExitStatusExt as _;
#[cfg(unix)]
use std::process::ExitStatus;

use super::*;

#[test]
fn a_name_and_attributes_may_be_given() {
    let spans = Spans::of_this_test();
    let (first, second) = (KeyValue::new("first", "1"), KeyValue::new("second", "2"));
    let mut command = child("exit 0");
    let command = command.in_span().with_name("a name").with_attributes([first]);
    command.with_attributes([second]).status().unwrap();
    let span = CHILD.replace("Client child:", "Client a name: first='1' second='2'");
    assert_eq!(spans.shown(), [format!("{span} {SUCCEEDED}")]);
}

#[test]
fn attributes_replace_those_of_this_crate_and_those_that_it_records_later() {
    let keys = "process.executable.name process.executable.path process.command_args \
                process.pid process.exit.code error.type";
    let spans = Spans::of_this_test();
    let attributes = keys.split(' ').map(|key| KeyValue::new(key, "mine"));
    child("exit 3").in_span().with_arguments().with_attributes(attributes).status().unwrap();
    let attributes = keys.replace(' ', "='mine' ") + "='mine'";
    assert_eq!(spans.shown(), [format!("Client child: {attributes} Error")]);
}

#[test]
fn arguments_are_recorded_if_that_is_asked_for_even_if_they_are_not_unicode() {
    let spans = Spans::of_this_test();
    child("exit 0").arg(not_unicode()).in_span().with_arguments().status().unwrap();
    let lossy = if cfg!(windows) { "S\u{FFFD}" } else { "SECRET\u{FFFD}" };
    let arguments = format!(r#"process.command_args=["PATH","exit","0","{lossy}"]"#);
    let span = format!("{CHILD_WITHOUT_PID} {arguments} process.pid=PID {SUCCEEDED}");
    assert_eq!(spans.shown(), [span]);
}

#[test]
fn exit_codes_that_are_expected_add_up_and_are_not_an_error() {
    let spans = Spans::of_this_test();
    let mut command = child("exit 3");
    command.in_span().with_expected_codes([1, 2]).status().unwrap();
    let command = command.in_span().with_expected_codes([1, 3]).with_expected_codes([4]);
    command.status().unwrap();
    let ends = [FAILED, "process.exit.code=3 Unset"];
    assert_eq!(spans.shown(), ends.map(|end| format!("{CHILD} {end}")));
}

#[test]
fn an_error_has_the_name_of_its_kind() {
    use io::ErrorKind::{InvalidData, Other, UnexpectedEof};

    let of_the_system = (1..=133).map(io::Error::from_raw_os_error);
    for error in of_the_system.chain([InvalidData, Other, UnexpectedEof].map(io::Error::from)) {
        let spans = Spans::of_this_test();
        ChildSpan::start("worker").end_with_error(&error);
        let name = match &*format!("{:?}", error.kind()) {
            "Other" | "Uncategorized" => "_OTHER".to_owned(),
            kind => kind.to_owned(),
        };
        assert_eq!(spans.shown(), [format!("{WORKER} error.type='{name}' Error: {error}")]);
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
        let end = format!("process.exit.code={code} error.type='{name}' Error");
        assert_eq!(spans.shown(), [format!("{WORKER} {end}")]);
    }
}

#[cfg(unix)]
#[test]
fn the_exit_code_of_a_shell_for_a_signal_may_be_expected() {
    let spans = Spans::of_this_test();
    let span = ChildSpan::builder("worker").with_expected_codes([143]).start();
    span.end_with_status(ExitStatus::from_raw(15));
    assert_eq!(spans.shown(), [format!("{WORKER} process.exit.code=143 Unset")]);
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
