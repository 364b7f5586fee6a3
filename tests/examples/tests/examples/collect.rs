//! The example that draws what any program exports.

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span as Received, SpanFlags,
};

use crate::contexts::{TRACE_ID, TRACEPARENT};
use crate::drawn::Drawn;
use crate::end_of_main::end_of_main;
use crate::span::Span;
use crate::tree::Tree;
use crate::{collect, example};

#[test]
fn errors_are_drawn_as_what_they_are_and_the_exit_code_is_that_of_the_program() {
    let end_of_main = |argument| {
        let program = end_of_main("returns");
        let mut command = collect(&program);
        command.env("WAY", "returns").arg(argument);
        command
    };
    let exec = |arguments: &[&str]| {
        let mut command = collect(&example("exec", &[]));
        command.args(arguments);
        command
    };
    let mut cases = vec![
        (end_of_main("5"), 0, vec!["end_of_main"]),
        (end_of_main("x"), 1, vec!["end_of_main ✗ exit 1"]),
        (end_of_main("0"), 101, vec!["end_of_main ✗ panic"]),
        (exec(&["no-program"]), 127, vec!["exec ✗ exit 127", "exec/no-program ✗ NotFound"]),
    ];
    if cfg!(unix) {
        let exits = ["sh", "-c", "exit 127"];
        cases.push((exec(&exits), 127, vec!["exec ✗ exit 127", "exec/sh ✗ exit 127"]));
        let is_killed = ["sh", "-c", "kill -KILL $$"];
        cases.push((exec(&is_killed), 137, vec!["exec ✗ exit 137", "exec/sh ✗ SIGKILL"]));
    }
    for (mut command, code, rows) in cases {
        let drawn = Drawn::by(&mut command);
        assert_eq!(drawn.outline(), rows);
        assert!(drawn.last_line().ends_with("all connected"), "{}", drawn.text);
        assert_eq!(drawn.code, Some(code), "{rows:?}");
    }
}

#[test]
fn an_error_without_a_type_is_drawn_with_its_description() {
    use opentelemetry_proto::tonic::trace::v1::Status;
    use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

    let error = |message: &str, attributes| {
        let status = Status { code: StatusCode::Error.into(), message: message.to_owned() };
        let span = Received { status: Some(status), attributes, ..span(1, 0, None) };
        tree_of(vec![of_process(None, vec![span])]).rows[0].span.error.clone().unwrap()
    };
    assert_eq!(error("disk full\nat line 3", vec![]), "disk full");
    assert_eq!(error("", vec![]), "error");
    assert_eq!(error("", vec![integer("process.exit.code", 2)]), "exit 2");
    assert_eq!(error("bad gateway", vec![text("error.type", "502")]), "502");
}

#[test]
fn a_child_that_never_started_is_no_process() {
    let drawn = Drawn::by(collect(&example("exec", &[])).arg("no-such-command"));
    assert!(drawn.last_line().contains(": 2 spans in 1 processes, "), "{}", drawn.text);
}

#[test]
fn a_program_that_exports_nothing_is_told_the_usual_causes() {
    let silent = Drawn::by(&mut collect(&example("without_sdk", &[])));
    let failed = Drawn::by(&mut collect(&example("exec", &[])));
    for (drawn, code) in [(silent, 1), (failed, 125)] {
        for cause in ["set_tracer_provider", "process::exit", "gRPC", "endpoint", "sampled"] {
            assert!(drawn.errors.contains(cause), "{cause}: {}", drawn.errors);
        }
        assert_eq!(drawn.code, Some(code));
    }
}

#[test]
fn a_program_that_cannot_be_run_is_named() {
    let drawn = Drawn::by(example("collect", &[]).arg("no-such-program"));
    assert!(drawn.errors.starts_with("collect: no-such-program: "), "{}", drawn.errors);
    assert_eq!(drawn.code, Some(127));
}

#[test]
fn the_trace_begins_in_the_program() {
    let drawn = Drawn::by(collect(&example("process_tree", &[])).env("TRACEPARENT", TRACEPARENT));
    let last = drawn.last_line();
    assert!(last.ends_with(": 9 spans in 6 processes, all connected"), "{}", drawn.text);
    assert!(!last.contains(TRACE_ID), "{last}");
    assert_eq!(drawn.code, Some(0));
}

#[test]
fn a_program_that_succeeded_fails_if_a_part_of_its_trace_is_missing() {
    let mut command = collect(&example("process_tree", &[]));
    let drawn = Drawn::by(command.env("OTEL_PROPAGATORS", "none"));
    assert!(drawn.last_line().ends_with(", 6 not connected"), "{}", drawn.text);
    assert_eq!(drawn.code, Some(1));
}

#[test]
fn a_parent_is_missing_only_within_the_trace_of_the_root() {
    let root = span(1, 0, None);
    let orphan = span(3, 2, None);
    let below = span(4, 3, None);
    let other = Received { trace_id: vec![9; 16], ..span(5, 0, None) };
    let tree = tree_of(vec![of_process(None, vec![orphan, below, other, root])]);
    let gaps: Vec<_> = tree.rows.iter().map(|row| (&*row.span.name, row.gap)).collect();
    assert_eq!(
        gaps,
        [
            ("span 1", None),
            ("span 3", Some("parent missing")),
            ("span 4", None),
            ("span 5", Some("another trace"))
        ]
    );
    assert!(tree.to_string().ends_with(": 4 spans in 0 processes, 3 not connected"), "{tree}");
}

/// As with the provider of the quick start, which has no resource of its own.
#[test]
fn a_span_without_a_process_id_is_in_the_process_of_its_local_parent() {
    let parent = of_process(
        None,
        vec![
            span(1, 0, Some(100)), // that of `main`
            span(2, 1, None),
            around_child(3, 2, Some(200)),
            span(4, 3, None), // made by the parent, and not by the child
            around_child(5, 1, None),
        ],
    );
    let child = of_process(None, vec![remote(span(6, 3, Some(200))), span(7, 6, None)]);
    let child_without_main_span = of_process(None, vec![remote(span(8, 2, None))]);
    let child_with_resource = of_process(Some(300), vec![remote(span(9, 2, None))]);
    let tree = tree_of(vec![parent, child, child_without_main_span, child_with_resource]);
    let processes: Vec<(&str, Option<&str>)> =
        tree.rows.iter().map(|row| (&*row.span.name, row.span.process.as_deref())).collect();
    assert_eq!(
        processes,
        [
            ("span 1", Some("100")),
            ("span 2", Some("100")),
            ("span 3", Some("200")),
            ("span 4", None),
            ("span 6", Some("200")),
            ("span 7", Some("200")),
            ("span 8", None),
            ("span 9", Some("300")),
            ("span 5", None),
        ]
    );
    assert!(tree.to_string().ends_with(": 9 spans in 3 processes, all connected"), "{tree}");
}

#[test]
fn the_span_around_a_child_is_not_in_the_process_of_the_resource() {
    let spans = vec![span(1, 0, None), around_child(2, 1, Some(200)), around_child(3, 1, None)];
    let tree = tree_of(vec![of_process(Some(100), spans)]);
    let processes: Vec<Option<&str>> =
        tree.rows.iter().map(|row| row.span.process.as_deref()).collect();
    assert_eq!(processes, [Some("100"), Some("200"), None]);
}

fn tree_of(received: Vec<ResourceSpans>) -> Tree {
    Tree::new(Span::all(received), "").unwrap()
}

fn of_process(id: Option<i64>, spans: Vec<Received>) -> ResourceSpans {
    let attributes = id.map(|id| integer("process.pid", id)).into_iter().collect();
    ResourceSpans {
        resource: Some(Resource { attributes, ..Resource::default() }),
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
        name: format!("span {number}"),
        start_time_unix_nano: number.into(),
        flags: SpanFlags::ContextHasIsRemoteMask as u32,
        attributes: process.map(|id| integer("process.pid", id)).into_iter().collect(),
        ..Received::default()
    }
}

fn around_child(number: u8, parent: u8, process: Option<i64>) -> Received {
    let mut span = span(number, parent, process);
    span.kind = SpanKind::Client.into();
    span.attributes.push(text("process.executable.name", "child"));
    span
}

fn remote(mut span: Received) -> Received {
    span.flags |= SpanFlags::ContextIsRemoteMask as u32;
    span
}

fn integer(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}
