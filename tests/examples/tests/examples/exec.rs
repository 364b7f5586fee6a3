//! Any command, put into the trace.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

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
        (&[], 125, "usage: exec COMMAND [ARGUMENT]...\n"),
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
        (pid, received(&collector).pop().unwrap())
    };

    let (pid, span) = run("echo $$");
    assert_eq!((&*span.name, span.kind()), ("sh", SpanKind::Client));
    assert!(span.parent_span_id.is_empty());
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
    assert_eq!(spans.len(), 3, "{spans:#?}");
    let (outer, middle, inner) =
        (named(&spans, "sh"), named(&spans, "env"), named(&spans, "printenv"));
    assert_eq!(hex(&outer.trace_id), TRACEPARENT[3..35]);
    assert_eq!(hex(&outer.parent_span_id), TRACEPARENT[36..52]);
    assert_parent(middle, outer);
    assert_parent(inner, middle);
    let context = format!("00-{}-{}-01\n", hex(&inner.trace_id), hex(&inner.span_id));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), context);
}

#[test]
fn an_endpoint_that_is_down_changes_neither_output_nor_exit_code_and_costs_little_time() {
    // Nobody listens at the first; the second takes what comes and never answers.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for endpoint in [closed, silent.local_addr().unwrap()] {
        let started = Instant::now();
        let output = exec(&["sh", "-c", "echo out; echo err >&2; exit 3"])
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{endpoint}"))
            .output()
            .unwrap();
        assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(output.status.code(), Some(3));
        // The default of the exporter is 10 seconds.
        assert!(started.elapsed() < Duration::from_secs(8), "{endpoint}");
    }
}

#[test]
fn an_endpoint_that_is_no_address_is_as_good_as_none() {
    let output = exec(&["sh", "-c", "echo out; exit 3"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "no address")
        .output()
        .unwrap();
    assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b""[..]));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_signal_to_this_program_alone_ends_the_command_and_the_span_is_exported() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let collector = Collector::start().unwrap();
        let mut command = exec(&["sh", "-c", "echo ready; exec sleep 60"]);
        let mut child = command.envs(collector.variables()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));

        let spans = received(&collector);
        let attributes = attributes(named(&spans, "sh"));
        assert!(attributes.contains(&format!("error.type={signal}")), "{attributes:?}");
        assert!(attributes.contains(&format!("process.exit.code={code}")), "{attributes:?}");
    }
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

fn exec(arguments: &[&str]) -> Command {
    let mut command = example("exec", &[]);
    command.args(arguments);
    command
}
