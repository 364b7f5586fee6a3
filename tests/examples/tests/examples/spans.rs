//! What a collector received, to be looked at.

use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;

use crate::collector::Collector;

/// In the order in which the spans began.
pub(crate) fn received(collector: &Collector) -> Vec<Span> {
    let mut spans: Vec<Span> = collector
        .received()
        .into_iter()
        .flat_map(|of_process| of_process.scope_spans)
        .flat_map(|of_scope| of_scope.spans)
        .collect();
    spans.sort_by_key(|span| span.start_time_unix_nano);
    spans
}

/// `key=value` for each attribute, sorted.
pub(crate) fn attributes(span: &Span) -> Vec<String> {
    let text = |attribute: &KeyValue| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let value = match value {
            Some(Value::StringValue(text)) => text.clone(),
            Some(Value::IntValue(number)) => number.to_string(),
            other => format!("{other:?}"),
        };
        format!("{}={value}", attribute.key)
    };
    let mut attributes: Vec<String> = span.attributes.iter().map(text).collect();
    attributes.sort();
    attributes
}

pub(crate) fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let mut named = spans.iter().filter(|span| span.name == name);
    let span = named.next().unwrap_or_else(|| panic!("no span {name} in {spans:#?}"));
    assert!(named.next().is_none(), "several spans {name} in {spans:#?}");
    span
}

pub(crate) fn assert_parent(child: &Span, parent: &Span) {
    assert_eq!(child.trace_id, parent.trace_id, "{} in the trace of {}", child.name, parent.name);
    assert_eq!(child.parent_span_id, parent.span_id, "{} under {}", child.name, parent.name);
}

pub(crate) fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
