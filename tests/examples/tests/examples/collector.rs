//! A real collector of spans, on a loopback socket.

use mock_collector::{MockServer, Protocol, ServerHandle};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::runtime::Runtime;

pub(crate) struct Collector {
    runtime: Runtime,
    server: ServerHandle,
    protocol: &'static str,
}

/// What the exporter speaks, in the words of `OTEL_EXPORTER_OTLP_PROTOCOL`.
pub(crate) const PROTOCOLS: [&str; 2] = ["http/protobuf", "grpc"];

impl Collector {
    pub(crate) fn start(protocol: &'static str) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = MockServer::builder().protocol(match protocol {
            "grpc" => Protocol::Grpc,
            _ => Protocol::HttpBinary,
        });
        let server = runtime.block_on(server.start()).unwrap();
        Self { runtime, server, protocol }
    }

    /// What a process needs in its environment to export here.
    pub(crate) fn variables(&self) -> [(String, String); 2] {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", self.server.addr())),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", self.protocol.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }

    /// What was received, in the order in which the spans began.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let spans = self.server.with_collector(|collector| {
            collector.spans().iter().map(|span| span.span().clone()).collect()
        });
        let mut spans: Vec<Span> = self.runtime.block_on(spans);
        spans.sort_by_key(|span| span.start_time_unix_nano);
        spans
    }
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
