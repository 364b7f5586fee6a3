//! A collector of spans, inside this program.

use std::io;

use mock_collector::{MockServer, Protocol, ServerHandle, TestSpan};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use tokio::runtime::Runtime;

use crate::tree::Span;

pub(crate) struct Collector {
    runtime: Runtime,
    server: ServerHandle,
}

impl Collector {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Runtime::new()?;
        let server = MockServer::builder().protocol(Protocol::HttpBinary);
        let server = runtime.block_on(server.start()).map_err(io::Error::other)?;
        Ok(Self { runtime, server })
    }

    /// What a process needs in its environment to export to this collector, and to no other.
    pub(crate) fn variables(&self) -> [(&'static str, String); 2] {
        let endpoint = format!("http://{}/v1/traces", self.server.addr());
        [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
        ]
    }

    /// What was received so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let spans =
            self.server.with_collector(|collector| collector.spans().iter().map(span).collect());
        self.runtime.block_on(spans)
    }
}

fn span(received: &TestSpan) -> Span {
    let span = received.span();
    Span {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name.clone(),
        // For the span of a command, the child. Otherwise the process that made the span.
        process: attribute(&span.attributes, "process.pid")
            .or_else(|| attribute(received.resource_attrs(), "process.pid"))
            .unwrap_or_default(),
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        build: attribute(&span.attributes, "build.id"),
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => Some(format!("{other:?}")),
    }
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
