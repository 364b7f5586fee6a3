//! The process-tree example, run as its readers run it.

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use crate::collector::Collector;
use crate::contexts::{TRACE_ID, TRACEPARENT};
use crate::drawn::{Drawn, base_name};
use crate::example;
use crate::spans::{attributes, hex, named, received};

#[test]
fn all_spans_of_all_processes_are_connected() {
    let drawn = drawn(&[]);
    assert_eq!(
        drawn.outline(),
        [
            "build",
            "build/process_tree",
            "build/process_tree",
            "build/process_tree/compile",
            "build/process_tree/compile/generate build.id=42",
            "build/process_tree/compile/link",
            "build/process_tree/compile/parse build.id=42",
            "build/process_tree/test",
            "build/process_tree/test/test suite build.id=42",
        ]
    );
    let trace = drawn.last_line().strip_prefix("trace ").unwrap();
    let (trace, rest) = trace.split_at(32);
    assert_ne!(u128::from_str_radix(trace, 16), Ok(0));
    assert_eq!(rest, ": 9 spans in 6 processes, all connected");
    assert_eq!(drawn.code, Some(0));
}

#[test]
fn the_tree_joins_the_trace_that_it_was_started_in() {
    let drawn = drawn(&[("TRACEPARENT", TRACEPARENT)]);
    assert_eq!(
        drawn.last_line(),
        format!("trace {TRACE_ID}: 9 spans in 6 processes, all connected")
    );
    assert_eq!(drawn.code, Some(0));
}

#[test]
fn spans_of_other_traces_are_pointed_out() {
    let drawn = drawn(&[("OTEL_PROPAGATORS", "none")]);
    assert_eq!(
        drawn.outline(),
        [
            "build",
            "build/process_tree",
            "build/process_tree",
            "compile another trace",
            "compile/link",
            "generate another trace",
            "parse another trace",
            "test another trace",
            "test suite another trace",
        ]
    );
    assert!(drawn.last_line().contains(": 9 spans in "), "{}", drawn.text);
    assert!(drawn.last_line().ends_with(" processes, 6 not connected"), "{}", drawn.text);
    assert_eq!(drawn.code, Some(1));
}

#[test]
fn with_an_endpoint_the_spans_go_there_and_the_trace_to_look_for_is_printed() {
    let collector = Collector::start().unwrap();
    let endpoint = collector.endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint)];
    let output = example("process_tree", &variables).output().unwrap();
    let spans = received(&collector);
    let mut outline: Vec<(&str, &str, SpanKind, String)> = spans
        .iter()
        .map(|span| {
            let parent = spans.iter().find(|parent| parent.span_id == span.parent_span_id);
            let build = attributes(span).into_iter().find(|text| text.starts_with("build.id"));
            let parent = parent.map_or("", |parent| base_name(&parent.name));
            (base_name(&span.name), parent, span.kind(), build.unwrap_or_default())
        })
        .collect();
    outline.sort();
    let expected = [
        ("build", "", SpanKind::Internal, ""),
        ("compile", "process_tree", SpanKind::Internal, ""),
        ("generate", "compile", SpanKind::Internal, "build.id=42"),
        ("link", "compile", SpanKind::Internal, ""),
        ("parse", "compile", SpanKind::Internal, "build.id=42"),
        ("process_tree", "build", SpanKind::Client, ""),
        ("process_tree", "build", SpanKind::Client, ""),
        ("test", "process_tree", SpanKind::Internal, ""),
        ("test suite", "test", SpanKind::Internal, "build.id=42"),
    ];
    let expected =
        expected.map(|(name, parent, kind, build)| (name, parent, kind, build.to_owned()));
    assert_eq!(outline, expected);
    let trace = &named(&spans, "build").trace_id;
    for span in &spans {
        assert_eq!(&span.trace_id, trace);
        assert_eq!(span.status.clone().unwrap_or_default().code(), StatusCode::Unset);
    }
    let trace = hex(trace);
    let printed = format!("the spans go to {endpoint}: look there for trace {trace}\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), printed);
}

#[test]
fn an_endpoint_that_is_empty_is_as_good_as_none() {
    let drawn = drawn(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]);
    assert!(drawn.last_line().ends_with(": 9 spans in 6 processes, all connected"));
}

#[test]
fn it_says_first_what_it_does_and_what_the_columns_are() {
    let drawn = drawn(&[]);
    assert!(drawn.errors.starts_with("A build is simulated by six processes"), "{}", drawn.errors);
    let headings: Vec<&str> = drawn.text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(headings.join(" "), "span process when it ran duration note");
}

#[test]
fn rows_have_the_width_of_a_terminal() {
    let drawn = drawn(&[]);
    let widest = drawn.rows().map(|row| row.chars().count()).max();
    assert_eq!(widest, Some(80), "{}", drawn.text);
}

#[test]
fn a_trace_that_is_not_sampled_is_named_as_the_reason_for_no_spans() {
    let not_sampled = format!("{}00", TRACEPARENT.strip_suffix("01").unwrap());
    let drawn = drawn(&[("TRACEPARENT", &not_sampled)]);
    assert!(drawn.errors.contains("sampled?"), "{}", drawn.errors);
    assert_eq!((&*drawn.text, drawn.code), ("", Some(1)));
}

fn drawn(variables: &[(&str, &str)]) -> Drawn {
    Drawn::by(&mut example("process_tree", variables))
}
