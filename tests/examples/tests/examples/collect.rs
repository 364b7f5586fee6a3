//! The example that draws what any program exports.

use opentelemetry::Value;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span as Received, SpanFlags, Status, span::Link, span::SpanKind,
    status::StatusCode,
};

use crate::run::Run;
use crate::span::Span;
use crate::tree::Tree;
use crate::{TRACE_ID, TRACEPARENT, collect, example};

#[test]
fn errors_are_drawn_as_what_they_are_and_the_exit_code_is_that_of_the_program() {
    let mut cases = vec![
        // A child that was never spawned is no process.
        (vec!["no-command"], 127, ["exec ✗ exit 127", "exec/no-command ✗ NotFound"], 1),
    ];
    if cfg!(windows) {
        let exit = vec!["cmd", "/C", "exit 259"];
        cases.push((exit, 259, ["exec ✗ exit 259", "exec/cmd ✗ exit 259"], 2));
    } else {
        let exit = vec!["sh", "-c", "exit 127"];
        cases.push((exit, 127, ["exec ✗ exit 127", "exec/sh ✗ exit 127"], 2));
        let kill = vec!["sh", "-c", "kill -KILL $$"];
        cases.push((kill, 137, ["exec ✗ exit 137", "exec/sh ✗ SIGKILL"], 2));
    }
    for (command, code, rows, processes) in cases {
        let run = Run::of(collect("exec").args(&command));
        assert_eq!(run.outline(), rows);
        assert_eq!(run.summary(), format!("2 spans in {processes} processes, all connected"));
        assert_eq!(run.code, Some(code), "{command:?}");
    }
}

#[test]
fn an_error_without_a_type_is_drawn_with_its_description() {
    let notes = |message: &str, attributes| {
        let status = Status { code: StatusCode::Error.into(), message: message.to_owned() };
        let span = Received { status: Some(status), attributes, ..span(1, 0, None) };
        Span::all(vec![of_process(None, vec![span])]).remove(0).notes
    };
    assert_eq!(notes("disk full\nat line 3", vec![]), ["✗ disk full"]);
    assert_eq!(notes("", vec![]), ["✗ error"]);
    assert_eq!(notes("", vec![attribute("process.exit.code", 2)]), ["✗ exit 2"]);
    assert_eq!(notes("bad gateway", vec![attribute("error.type", "502")]), ["✗ 502"]);
}

#[test]
fn a_span_that_is_linked_is_connected_and_a_child_whose_exit_nobody_saw_has_a_note() {
    let link = Link { span_id: vec![1; 8], ..Link::default() };
    let linked = Received { trace_id: vec![9; 16], links: vec![link], ..span(3, 0, None) };
    let spans = vec![span(1, 0, None), around_child(2, 1, None), linked];
    let tree = Tree::new(Span::all(vec![of_process(None, spans)]), "").unwrap();
    let notes: Vec<_> = tree.rows.iter().map(|row| row.span.notes.join(", ")).collect();
    assert_eq!(notes, ["", "no exit code", "linked to 0101010101010101"]);
    assert!(tree.is_connected());
}

#[test]
fn the_trace_begins_in_the_program() {
    let run = Run::of(collect("process_tree").env("TRACEPARENT", TRACEPARENT));
    assert!(!run.last_line().contains(TRACE_ID), "{}", run.stdout);
    assert_eq!((run.summary(), run.code), ("9 spans in 6 processes, all connected", Some(0)));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_program_and_what_it_exported_is_drawn() {
    use nix::sys::signal::{Signal, killpg};

    let running = crate::running::Running::start_until_ready(collect("exec").arg("make"));
    killpg(running.pid(), Signal::SIGINT).unwrap();
    let drawing = String::from_utf8(running.wait().stdout).unwrap();
    assert!(drawing.contains("✗ SIGINT") && drawing.ends_with("all connected\n"), "{drawing}");
}

#[test]
fn a_program_that_exports_nothing_is_told_the_usual_causes() {
    let causes = ["set_tracer_provider", "process::exit", "gRPC", "endpoint", "sampled"];
    for (example, code) in [("without_sdk", 1), ("exec", 125)] {
        let run = Run::of(&mut collect(example));
        assert!(causes.iter().all(|cause| run.stderr.contains(cause)), "{}", run.stderr);
        assert_eq!(run.code, Some(code));
    }
    // Nor would it be received if it were compressed.
    let run = Run::of(example("collect").arg("env").env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"));
    assert!(!run.stdout.contains("COMPRESSION"), "{}", run.stdout);
}

#[test]
fn a_program_that_cannot_be_run_is_named() {
    let run = Run::of(example("collect").arg("no-such-program"));
    assert!(run.stderr.starts_with("collect: no-such-program: "), "{}", run.stderr);
    assert_eq!(run.code, Some(127));
}

#[test]
fn a_parent_is_missing_only_within_the_trace_of_the_root() {
    let root = span(1, 0, None);
    let orphan = span(3, 2, None);
    let below = span(4, 3, None);
    let other = Received { trace_id: vec![9; 16], ..span(5, 0, None) };
    let spans = vec![orphan, below, other, root];
    let tree = Tree::new(Span::all(vec![of_process(None, spans)]), "").unwrap();
    let gaps: Vec<_> = tree.rows.iter().map(|row| (&*row.span.name, row.gap)).collect();
    let (missing, another) = (Some("parent missing"), Some("another trace"));
    assert_eq!(gaps, [("1", None), ("3", missing), ("4", None), ("5", another)]);
    assert!(tree.to_string().ends_with(": 4 spans in 0 processes, 3 not connected"), "{tree}");
}

/// As with the provider of the quick start, which has no resource of its own.
#[test]
fn a_span_without_a_process_id_is_in_the_process_of_its_local_parent() {
    let main = span(1, 0, Some(100));
    let in_main = span(2, 1, None);
    let around_child_with_id = around_child(3, 2, Some(200));
    let made_by_parent = span(4, 3, None);
    let around_child_without_id = around_child(5, 1, None);
    let parent = vec![main, in_main, around_child_with_id, made_by_parent, around_child_without_id];
    let child = vec![remote(span(6, 3, Some(200))), span(7, 6, None)];
    let child_without_main_span = vec![remote(span(8, 2, None))];
    let child_with_resource =
        vec![remote(span(9, 2, None)), around_child(10, 9, Some(400)), around_child(11, 9, None)];

    let without_id = of_process(None, [parent, child, child_without_main_span].concat());
    let with_id = of_process(Some(300), child_with_resource);
    let tree = Tree::new(Span::all(vec![without_id, with_id]), "").unwrap();
    let mut processes = Vec::new();
    for row in &tree.rows {
        let process = row.span.process.as_deref().unwrap_or("none");
        processes.push(format!("{} {process}", row.span.name));
    }
    let expected = [
        "1 100", "2 100", "3 200", "4 none", "6 200", "7 200", "8 none", "9 300", "10 400",
        "11 none", "5 none",
    ];
    assert_eq!(processes, expected);
}

/// The resource has the id of the process, if that is known.
fn of_process(id: Option<i64>, spans: Vec<Received>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource { attributes: process_id(id), ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    }
}

/// Spans begin in the order of their numbers. The parent 0 is none.
fn span(number: u8, parent: u8, process: Option<i64>) -> Received {
    Received {
        trace_id: vec![1; 16],
        span_id: vec![number; 8],
        parent_span_id: if parent == 0 { vec![] } else { vec![parent; 8] },
        name: number.to_string(),
        start_time_unix_nano: number.into(),
        flags: SpanFlags::ContextHasIsRemoteMask as u32,
        attributes: process_id(process),
        ..Received::default()
    }
}

fn around_child(number: u8, parent: u8, process: Option<i64>) -> Received {
    let mut span = span(number, parent, process);
    span.kind = SpanKind::Client.into();
    span.attributes.push(attribute("process.executable.name", "child"));
    span
}

fn remote(mut span: Received) -> Received {
    span.flags |= SpanFlags::ContextIsRemoteMask as u32;
    span
}

fn process_id(id: Option<i64>) -> Vec<KeyValue> {
    id.map(|id| attribute("process.pid", id)).into_iter().collect()
}

fn attribute(key: &str, value: impl Into<Value>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value.into().into()), ..KeyValue::default() }
}
