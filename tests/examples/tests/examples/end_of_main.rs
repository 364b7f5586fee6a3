//! The ways out of `main` that the guide shows, with a collector to look at what arrives.

use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::Span;

use crate::collector::Collector;
use crate::contexts::TRACEPARENT;
use crate::example;
use crate::spans::{assert_parent, attributes, hex, named, received};

const NAME: &str = "end_of_main";

#[test]
fn each_way_out_exports_the_span_with_its_exit_code() {
    let cases: &[(&[&str], i32, &str)] = &[
        (&[], 0, ""),
        (&["fail"], 1, "Error: Custom { kind: Other, error: \"this failed\" }\n"),
        (&["panic"], 101, "this panicked"),
        (&["exit"], 3, ""),
        (&["arguments", "7"], 0, ""),
        (&["arguments", "x"], 2, "error: invalid value 'x'"),
        (&["arguments", "--help"], 0, ""),
    ];
    for (arguments, code, error) in cases {
        let collector = Collector::start().unwrap();
        let mut command = end_of_main(arguments);
        command.env("TRACEPARENT", TRACEPARENT).envs(collector.variables());
        ends_with(&command.output().unwrap(), *code, error);

        let spans = received(&collector);
        assert_eq!(spans.len(), 1, "{arguments:?}: {spans:#?}");
        assert_eq!(hex(&spans[0].trace_id), TRACEPARENT[3..35], "{arguments:?}");
        assert_eq!(hex(&spans[0].parent_span_id), TRACEPARENT[36..52], "{arguments:?}");
        has_exit_code(&spans[0], *code);
    }
}

#[test]
fn a_collector_that_does_not_answer_changes_neither_exit_code_nor_error() {
    // Nobody listens at the first; the second takes what comes and never answers.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for endpoint in [closed, silent.local_addr().unwrap()] {
        for (way, code, error) in
            [("", 0, ""), ("fail", 1, "this failed"), ("panic", 101, "this panicked")]
        {
            let started = Instant::now();
            let mut command = end_of_main(&[way]);
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{endpoint}"));
            ends_with(&command.output().unwrap(), code, error);
            // The exporter's own timeout is 10 seconds.
            assert!(started.elapsed() < Duration::from_secs(8), "{way} with {endpoint}");
        }
    }
}

#[test]
fn an_export_that_failed_is_not_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let exports = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&exports);
    thread::spawn(move || {
        for connection in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(connection);
        }
    });
    let mut command = end_of_main(&[]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
    ends_with(&command.output().unwrap(), 0, "");
    assert_eq!(exports.load(Ordering::SeqCst), 1);
}

#[test]
fn with_tokio_the_context_is_current_in_main_but_not_in_tasks() {
    let collector = Collector::start().unwrap();
    let output = end_of_main(&["tokio"]).envs(collector.variables()).output().unwrap();
    ends_with(&output, 0, "");

    let spans = received(&collector);
    // A command in a span is in that of `main`, on every thread.
    let child = named(&spans, "child");
    let (of_child, of_main): (Vec<&Span>, Vec<&Span>) = spans
        .iter()
        .filter(|span| span.name.starts_with(NAME))
        .partition(|span| span.parent_span_id == child.span_id);
    assert_eq!((of_child.len(), of_main.len()), (1, 1), "{spans:#?}");
    has_exit_code(of_main[0], 0);
    assert_parent(child, of_main[0]);
    for name in ["first", "after an await", "task with a context", "blocking with a context"] {
        assert_parent(named(&spans, name), of_main[0]);
    }
    for name in ["task", "blocking"] {
        assert!(named(&spans, name).parent_span_id.is_empty(), "{name}");
    }
}

#[test]
fn a_server_has_a_link_to_the_span_that_it_was_started_in() {
    let collector = Collector::start().unwrap();
    let mut command = end_of_main(&["server"]);
    command.envs(collector.variables());
    ends_with(&command.output().unwrap(), 0, "");
    ends_with(&command.env("TRACEPARENT", TRACEPARENT).output().unwrap(), 0, "");

    let [started_alone, span] = received(&collector).try_into().expect("two spans");
    assert_eq!(started_alone.links, []);
    assert_ne!(hex(&span.trace_id), TRACEPARENT[3..35]);
    let links = span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id)));
    let starter = (TRACEPARENT[3..35].to_owned(), TRACEPARENT[36..52].to_owned());
    assert_eq!(Vec::from_iter(links), [starter]);
}

#[cfg(unix)]
#[test]
fn a_program_that_is_executed_in_place_continues_the_span() {
    let collector = Collector::start().unwrap();
    let mut command = end_of_main(&["exec", "sh", "-c", "echo $TRACEPARENT; exit 4"]);
    let output = command.envs(collector.variables()).output().unwrap();
    ends_with(&output, 4, "");

    let spans = received(&collector);
    let span = named(&spans, NAME);
    let context = format!("00-{}-{}-01\n", hex(&span.trace_id), hex(&span.span_id));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), context);
    let attributes = attributes(span);
    assert!(!attributes.iter().any(|it| it.starts_with("process.exit.code")), "{attributes:?}");

    let mut command = end_of_main(&["exec", "/no/such/program"]);
    let output = command.envs(collector.variables()).output().unwrap();
    ends_with(&output, 127, "/no/such/program: No such file or directory");
    assert_eq!(received(&collector).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_span_and_the_program() {
    use std::io::Read as _;
    use std::process::Stdio;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let cases: [(&[&str], Signal, i32); 3] = [
        (&["signal"], Signal::SIGINT, 130),
        (&["signal"], Signal::SIGTERM, 143),
        (&["tokio", "wait"], Signal::SIGINT, 130),
    ];
    for (arguments, signal, code) in cases {
        let collector = Collector::start().unwrap();
        let mut command = end_of_main(arguments);
        command.envs(collector.variables()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{arguments:?}");
        has_exit_code(named(&received(&collector), NAME), code);
    }
}

fn end_of_main(arguments: &[&str]) -> Command {
    let mut command = example(NAME, &[]);
    command.args(arguments);
    command
}

fn ends_with(output: &Output, code: i32, error: &str) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(error) && stderr.is_empty() == error.is_empty(), "{stderr}");
}

fn has_exit_code(span: &Span, code: i32) {
    let attributes = attributes(span);
    assert!(attributes.contains(&format!("process.exit.code={code}")), "{attributes:?}");
    let is_error = attributes.iter().any(|attribute| attribute.starts_with("error.type="));
    assert_eq!(is_error, code != 0, "{attributes:?}");
}
