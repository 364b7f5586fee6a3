//! Any command, put into the trace.

use std::fs::{self, File};
use std::process::Command;

use nix::sys::signal::Signal::*;

use crate::collector::Collector;
use crate::run::Run;
use crate::running::*;
use crate::spans::*;
use crate::{TRACEPARENT, example};

#[test]
fn the_exit_code_is_that_of_the_command() {
    let usage = "usage: exec [--] COMMAND [ARGUMENT]...\n";
    let cases: [(&[&str], i32, &str); 7] = [
        (&["sh", "-c", "exit 255"], 255, ""),
        (&["no-command"], 127, "exec: no-command: No such file or directory (os error 2)\n"),
        (&["/"], 126, "exec: /: Permission denied (os error 13)\n"),
        (&["--", "sh", "-c", "exit 3"], 3, ""),
        (&["sh", "-c", "test $1 = --", "sh", "--"], 0, ""),
        (&["--"], 125, usage),
        (&[], 125, usage),
    ];
    for (arguments, code, stderr) in cases {
        let run = Run::of(&mut exec(arguments));
        assert_eq!(run.code, Some(code), "{arguments:?}");
        assert_eq!((&*run.stdout, &*run.stderr), ("", stderr), "{arguments:?}");
    }
}

#[test]
fn input_output_and_error_go_through_untouched() {
    let any_bytes = "/bin/sh";
    let mut command = exec(&["sh", "-c", "cat; printf 'to\\0error' >&2"]);
    let output = command.stdin(File::open(any_bytes).unwrap()).output().unwrap();
    assert!(output.stdout == fs::read(any_bytes).unwrap());
    assert_eq!(output.stderr, b"to\0error");
}

#[test]
fn without_an_endpoint_the_context_is_forwarded_and_nothing_is_printed() {
    let mut command = exec(&["sh", "-c", "printf ${TRACEPARENT-none}"]);
    let run = Run::of(&mut command);
    assert_eq!((&*run.stdout, &*run.stderr), ("none", ""));
    let run = Run::of(command.env("TRACEPARENT", TRACEPARENT));
    assert_eq!((&*run.stdout, &*run.stderr), (TRACEPARENT, ""));
}

#[test]
fn the_span_is_what_the_semantic_conventions_say() {
    let (run, spans) = exported(&mut exec(&["/bin/sh", "-c", "printf $$; exit 3"]));
    let span = named(&spans, "sh");
    let attributes = [
        ("error.type", "3"),
        ("process.executable.name", "sh"),
        ("process.executable.path", "/bin/sh"),
        ("process.exit.code", "3"),
        ("process.pid", &run.stdout),
    ];
    for (key, value) in attributes {
        assert_eq!(attribute(span, key), value, "{key}");
    }
    assert_eq!(span.attributes.len(), attributes.len(), "{span:#?}");
}

#[test]
fn nested_commands_nest_in_the_trace_that_all_was_started_in() {
    let program = exec(&[]);
    let program = program.get_program().to_str().unwrap();
    let script = format!("{program} env sh -c '{program} printenv TRACEPARENT'");
    let (run, spans) = exported(exec(&["sh", "-c", &script]).env("TRACEPARENT", TRACEPARENT));

    let names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["exec", "sh", "exec", "env", "exec", "printenv"]);
    let mut parent = TRACEPARENT.to_owned();
    for span in &spans {
        assert_eq!(parent_of(span), parent);
        parent = context_of(span);
    }
    assert_eq!(run.stdout.trim_end(), parent);
}

#[test]
fn an_endpoint_of_no_use_changes_neither_output_nor_exit_code_and_is_logged_if_it_is_no_address() {
    let [closed, silent] = closed_and_silent();
    let cases = [(&*closed, ""), (&*silent, ""), ("no address", "exec: no telemetry: ")];
    for (endpoint, logged) in cases {
        let mut command = exec(&["sh", "-c", "echo out; exit 3"]);
        let run = Run::of(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));
        assert_eq!((&*run.stdout, run.code), ("out\n", Some(3)));
        assert!(run.stderr.starts_with(logged), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), usize::from(!logged.is_empty()), "{}", run.stderr);
    }
}

#[test]
fn a_signal_to_this_program_alone_ends_the_command_and_the_spans_are_exported() {
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM] {
        let collector = Collector::start().unwrap();
        let mut command = exec(&["make"]);
        let running = Running::start_until_ready(command.envs(collector.variables()));
        running.kill(signal);
        let code = 128 + signal as i32;
        assert_eq!(running.wait().status.code(), Some(code));

        let spans = received(&collector);
        assert_exit_code(named(&spans, "exec"), code);
        assert_exit_code(named(&spans, "make"), code);
    }
}

#[test]
fn a_command_may_go_on_after_a_signal() {
    let handler = "trap 'exit 4' USR1; echo ready; while :; do sleep 0.01; done";
    let running = Running::start_until_ready(&mut exec(&["sh", "-c", handler]));
    running.kill(SIGUSR1);
    assert_eq!(running.wait().status.code(), Some(4));
}

#[cfg(target_os = "linux")]
#[test]
fn signals_of_job_control_are_left_alone() {
    let running = Running::start_until_ready(&mut exec(&["make"]));
    let caught = running.caught();
    for signal in [SIGTSTP, SIGCONT, SIGTTIN, SIGTTOU] {
        assert!(!caught.contains(&signal), "{signal}");
    }
    running.kill(SIGTERM);
    running.wait();
}

/// But if `SIGCHLD` is, a child could not be waited for.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_at_the_start_stays_ignored_for_the_command() {
    let command = exec(&["cat", "/proc/self/status"]);
    for (signal, ignored) in [(SIGHUP, &[SIGHUP][..]), (SIGUSR1, &[SIGUSR1]), (SIGCHLD, &[])] {
        let run = Run::of(&mut ignoring(signal, &command));
        assert_eq!(signals_in(&run.stdout, "SigIgn"), ignored);
        assert_eq!((run.code, &*run.stderr), (Some(0), ""));
    }
}

/// `script` gives the command a terminal, and types what is written to it.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_on_a_terminal_ends_the_command_and_the_span_is_exported() {
    use std::io::Write as _;

    if !crate::programs::is_there("script") {
        return;
    }
    let collector = Collector::start().unwrap();
    let exec = exec(&[]);
    let line = format!("trap : INT; {} make; true", exec.get_program().to_str().unwrap());
    let mut script = crate::program("script");
    script.args(["--quiet", "--command", &line, "/dev/null"]).envs(collector.variables());
    let mut terminal = Running::start_until_ready(&mut script);
    terminal.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    terminal.wait();
    assert_eq!(attribute(named(&received(&collector), "make"), "error.type"), "SIGINT");
}

fn exec(arguments: &[&str]) -> Command {
    let mut command = example("exec");
    command.args(arguments);
    command
}
