//! Any command, put into the trace.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use crate::collector::Collector;
use crate::contexts::TRACEPARENT;
use crate::example;
use crate::spans::{assert_parent, attributes, hex, named, received};

#[test]
fn the_exit_code_is_that_of_the_command() {
    let cases: &[(&[&str], i32, &str)] = &[
        (&["sh", "-c", "exit 0"], 0, ""),
        (&["sh", "-c", "exit 3"], 3, ""),
        (&["sh", "-c", "exit 255"], 255, ""),
        (&["sh", "-c", "kill -TERM $$"], 143, ""),
        (&["sh", "-c", "kill -KILL $$"], 137, ""),
        (
            &["/no/such/command"],
            127,
            "exec: /no/such/command: No such file or directory (os error 2)\n",
        ),
        (&["/"], 126, "exec: /: Permission denied (os error 13)\n"),
        (&["--", "sh", "-c", "exit 3"], 3, ""),
        (&["sh", "-c", "exit $1", "sh", "--"], 2, "sh: 1: exit: Illegal number: --\n"),
        (&["--"], 125, "usage: exec [--] COMMAND [ARGUMENT]...\n"),
        (&[], 125, "usage: exec [--] COMMAND [ARGUMENT]...\n"),
    ];
    for (arguments, code, stderr) in cases {
        let Output { status, stdout, stderr: written } = exec(arguments).output().unwrap();
        assert_eq!(status.code(), Some(*code), "{arguments:?}");
        assert_eq!((&*stdout, &*written), (&b""[..], stderr.as_bytes()), "{arguments:?}");
    }
}

#[test]
fn input_output_and_error_go_through_untouched() {
    let mut command = exec(&["sh", "-c", "cat; printf 'to\\0error' >&2"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let mut stdin = child.stdin.take().unwrap();
    let written = bytes.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&written).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.stdout == bytes);
    assert_eq!(output.stderr, b"to\0error");
}

#[test]
fn without_an_endpoint_the_context_is_forwarded_and_nothing_is_printed() {
    for (inherited, received) in [(Some(TRACEPARENT), TRACEPARENT), (None, "none")] {
        let mut command = exec(&["sh", "-c", "printf %s \"${TRACEPARENT-none}\""]);
        let output = command.envs(inherited.map(|value| ("TRACEPARENT", value))).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), received);
        assert_eq!(output.stderr, b"");
    }
}

#[test]
fn the_span_is_what_the_semantic_conventions_say() {
    let collector = Collector::start().unwrap();
    let run = |script: &str| {
        let mut command = exec(&["/bin/sh", "-c", script]);
        let output = command.envs(collector.variables()).output().unwrap();
        let pid = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        let spans = received(&collector);
        let [exec, span] = &spans[spans.len() - 2..] else { panic!("two spans: {spans:#?}") };
        assert_eq!(exec.name, "exec");
        assert_parent(span, exec);
        (pid, span.clone())
    };

    let (pid, span) = run("echo $$");
    assert_eq!((&*span.name, span.kind()), ("sh", SpanKind::Client));
    assert_eq!(
        attributes(&span),
        [
            "process.executable.name=sh",
            "process.executable.path=/bin/sh",
            "process.exit.code=0",
            &format!("process.pid={pid}")
        ]
    );
    assert_eq!(span.status.unwrap_or_default().code(), StatusCode::Unset);

    let (pid, span) = run("echo $$; exit 3");
    assert_eq!(
        attributes(&span),
        [
            "error.type=3",
            "process.executable.name=sh",
            "process.executable.path=/bin/sh",
            "process.exit.code=3",
            &format!("process.pid={pid}")
        ]
    );
    let status = span.status.unwrap();
    assert_eq!((status.code(), &*status.message), (StatusCode::Error, ""));
}

#[test]
fn a_command_that_cannot_be_spawned_has_a_span() {
    let collector = Collector::start().unwrap();
    exec(&["/no/such/command"]).envs(collector.variables()).output().unwrap();
    let spans = received(&collector);
    let span = named(&spans, "command");
    assert_eq!(
        attributes(span),
        [
            "error.type=NotFound",
            "process.executable.name=command",
            "process.executable.path=/no/such/command"
        ]
    );
    assert_eq!(span.status.clone().unwrap().code(), StatusCode::Error);
}

#[test]
fn nested_commands_nest_in_the_trace_that_all_was_started_in() {
    let collector = Collector::start().unwrap();
    let program = exec(&[]);
    let program = program.get_program().to_str().unwrap();
    let script = format!("{program} env sh -c '{program} printenv TRACEPARENT'");
    let mut command = exec(&["sh", "-c", &script]);
    command.env("TRACEPARENT", TRACEPARENT).envs(collector.variables());
    let output = command.output().unwrap();

    let spans = received(&collector);
    let inner = named(&spans, "printenv");
    let context = format!("00-{}-{}-01\n", hex(&inner.trace_id), hex(&inner.span_id));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), context);

    let mut names = Vec::new();
    let mut parent = inner.span_id.clone();
    while let Some(span) = spans.iter().find(|span| span.span_id == parent) {
        assert_eq!(hex(&span.trace_id), TRACEPARENT[3..35]);
        names.push(&*span.name);
        parent.clone_from(&span.parent_span_id);
    }
    assert_eq!(names, ["printenv", "exec", "env", "exec", "sh", "exec"]);
    assert_eq!(hex(&parent), TRACEPARENT[36..52]);
}

#[test]
fn an_endpoint_that_is_down_changes_neither_output_nor_exit_code() {
    // Nobody listens at the first; the second takes what comes and never answers.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for endpoint in [closed, silent.local_addr().unwrap()] {
        let output = exec(&["sh", "-c", "echo out; echo err >&2; exit 3"])
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{endpoint}"))
            .output()
            .unwrap();
        assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(output.status.code(), Some(3));
    }
}

#[test]
fn an_endpoint_that_is_no_address_is_said_and_does_no_harm() {
    let output = exec(&["sh", "-c", "echo out; exit 3"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "no address")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "out\n");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("exec: no telemetry: ") && stderr.lines().count() == 1, "{stderr}");
    assert_eq!(output.status.code(), Some(3));
}

const FORWARDED: [Signal; 7] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
];

#[test]
fn a_signal_to_this_program_alone_ends_the_command_and_the_spans_are_exported() {
    for signal in FORWARDED {
        let collector = Collector::start().unwrap();
        let (mut child, _stdin) = start(exec(&["cat"]).envs(collector.variables()));
        kill(pid(&child), signal).unwrap();
        let code = 128 + signal as i32;
        assert_eq!(child.wait().unwrap().code(), Some(code));

        let spans = received(&collector);
        for name in ["exec", "cat"] {
            let attributes = attributes(named(&spans, name));
            assert!(attributes.contains(&format!("process.exit.code={code}")), "{attributes:?}");
        }
    }
}

#[test]
fn a_command_may_go_on_after_a_signal() {
    let handler = "trap 'echo caught; exit 4' USR1; echo ready; while :; do read line; done";
    let mut child = exec(&["sh", "-c", handler]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
    kill(pid(&child), Signal::SIGUSR1).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4));
}

#[cfg(target_os = "linux")]
#[test]
fn signals_of_job_control_are_left_alone() {
    let (mut child, _stdin) = start(&mut exec(&["cat"]));
    let caught = signals_in(&status_of(&pid(&child).to_string()), "SigCgt");
    for signal in [Signal::SIGTSTP, Signal::SIGCONT, Signal::SIGTTIN, Signal::SIGTTOU] {
        assert!(!caught.contains(&(signal as i32)), "{signal}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// `env` of GNU starts a program that ignores a signal.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_at_the_start_stays_ignored_for_the_command() {
    let exec = exec(&["cat", "/proc/self/status"]);
    for (name, number) in [("HUP", 1), ("USR1", 10)] {
        let mut env = Command::new("env");
        env.arg(format!("--ignore-signal={name}")).arg(exec.get_program()).args(exec.get_args());
        let status = String::from_utf8(env.output().unwrap().stdout).unwrap();
        assert_eq!(signals_in(&status, "SigIgn"), [number]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_sigchld_that_is_ignored_at_the_start_does_not_matter() {
    let exec = exec(&["sh", "-c", "exit 3"]);
    let mut env = Command::new("env");
    env.arg("--ignore-signal=CHLD").arg(exec.get_program()).args(exec.get_args());
    let output = env.output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(3), &b""[..]));
}

/// `script` gives the command a terminal, and types what is written to it.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_on_a_terminal_ends_the_command_and_the_span_is_exported() {
    let collector = Collector::start().unwrap();
    let exec = exec(&[]);
    let exec = exec.get_program().to_str().unwrap();
    let line = format!("{exec} sh -c 'echo ready; exec sleep 60'; echo ended with $?");
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--command", &line, "/dev/null"]).envs(collector.variables());
    let Ok(mut terminal) = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        return eprintln!("skipped: there is no `script` here");
    };
    terminal.stdout.as_mut().unwrap().read_exact(&mut [0; 7]).unwrap();
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(b"\x03").unwrap();
    terminal.wait_with_output().unwrap();
    drop(keyboard);

    let spans = received(&collector);
    let attributes = attributes(named(&spans, "sh"));
    assert!(attributes.contains(&"error.type=SIGINT".to_owned()), "{attributes:?}");
}

/// A command that is `cat`, when it has answered. It runs as long as there is its input.
fn start(command: &mut Command) -> (Child, ChildStdin) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"ready\n").unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
    (child, stdin)
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id() as i32)
}

#[cfg(target_os = "linux")]
fn status_of(process: &str) -> String {
    std::fs::read_to_string(format!("/proc/{process}/status")).unwrap()
}

/// The numbers of the signals of a line of `/proc/PID/status`, without those of real time.
#[cfg(target_os = "linux")]
fn signals_in(status: &str, line: &str) -> Vec<i32> {
    let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    let mask = u64::from_str_radix(line.trim_start_matches(':').trim(), 16).unwrap();
    (1..=31).filter(|number| mask & (1 << (number - 1)) != 0).collect()
}

fn exec(arguments: &[&str]) -> Command {
    let mut command = example("exec", &[]);
    command.args(arguments);
    command
}
