//! What a collector received, to be looked at.

use std::mem;
use std::net::TcpListener;
use std::process::Command;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;

use crate::collector::Collector;
use crate::run::Run;

pub(crate) fn exported(command: &mut Command) -> (Run, Vec<Span>) {
    let collector = Collector::start().unwrap();
    let run = Run::of(command.envs(collector.variables()));
    (run, received(&collector))
}

/// In the order in which the spans began.
pub(crate) fn received(collector: &Collector) -> Vec<Span> {
    let scopes = collector.received().into_iter().flat_map(|of_process| of_process.scope_spans);
    let mut spans: Vec<Span> = scopes.flat_map(|of_scope| of_scope.spans).collect();
    spans.sort_by_key(|span| span.start_time_unix_nano);
    spans
}

/// Endpoints that do not answer. Nobody listens at the first. The second takes what comes.
pub(crate) fn closed_and_silent() -> [String; 2] {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap();
    mem::forget(listener); // it listens as long as the tests run
    ["http://127.0.0.1:1".to_owned(), format!("http://{silent}")]
}

pub(crate) fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let mut named = spans.iter().filter(|span| span.name == name);
    let span = named.next().unwrap_or_else(|| panic!("no span {name} in {spans:#?}"));
    assert!(named.next().is_none(), "several spans {name} in {spans:#?}");
    span
}

pub(crate) fn attribute(span: &Span, key: &str) -> String {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == key);
    match attribute.and_then(|it| it.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => other.map(|value| format!("{value:?}")).unwrap_or_default(),
    }
}

#[track_caller]
pub(crate) fn assert_exit_code(span: &Span, code: i32) {
    assert_eq!(attribute(span, "process.exit.code"), code.to_string(), "{span:#?}");
    assert_eq!(attribute(span, "error.type").is_empty(), code == 0, "{span:#?}");
}

#[cfg(unix)]
pub(crate) fn context_of(span: &Span) -> String {
    traceparent(&span.trace_id, &span.span_id)
}

pub(crate) fn parent_of(span: &Span) -> String {
    traceparent(&span.trace_id, &span.parent_span_id)
}

pub(crate) fn traceparent(trace: &[u8], span: &[u8]) -> String {
    format!("00-{}-{}-01", hex(trace), hex(span))
}

pub(crate) fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
