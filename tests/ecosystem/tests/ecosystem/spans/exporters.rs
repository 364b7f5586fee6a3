//! Where the spans of a process go, and how they are shown. Their ids are numbered, so that a test can
//! name them.

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{SpanId, Status, TraceId};
use opentelemetry::{KeyValue, Value, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    IdGenerator, InMemorySpanExporter, Sampler, SdkTracerProvider, ShouldSample, SpanData,
    SpanExporter,
};

/// Exports each span of this process to memory when it ends.
pub(super) fn export_to_memory() -> InMemorySpanExporter {
    export_to_memory_by(Sampler::AlwaysOn)
}

pub(super) fn export_to_memory_by(sampler: impl ShouldSample + 'static) -> InMemorySpanExporter {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_id_generator(NumberedFrom(1.into()));
    let provider = provider.with_sampler(sampler).with_simple_exporter(exporter.clone());
    global::set_tracer_provider(provider.build());
    exporter
}

/// Prints each span of this process when it ends. The number is that of the first one.
pub(super) fn print_spans_from(number: u64) {
    global::set_tracer_provider(printer_from(number));
}

pub(super) fn printer_from(number: u64) -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder().with_id_generator(NumberedFrom(number.into()));
    provider.with_simple_exporter(Printer).build()
}

/// From now on there is a provider, but it makes no spans.
pub(super) fn shut_down() {
    let provider = SdkTracerProvider::default();
    global::set_tracer_provider(provider.clone());
    provider.shutdown().unwrap();
}

/// The only span that has ended.
pub(super) fn only(exporter: &InMemorySpanExporter) -> SpanData {
    let [span] = exporter.get_finished_spans().unwrap().try_into().expect("one span");
    span
}

pub(super) fn attribute(span: &SpanData, key: &str) -> Option<Value> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    attribute.map(|attribute| attribute.value.clone())
}

/// The first span of a process under that of `contexts::ALL`, as [`shown`] shows it.
pub(super) const HERE: &str =
    "feed000000000001 in 4bf92f3577b34da6a3ce929d0e0e4736 under 00f067aa0ba902b7";
pub(super) const FIRST: &str = "feed000000000001";
pub(super) const SECOND: &str = "feed000000000002";
/// If the process runs this program, and exits with 0, or with 3.
pub(super) const PROGRAM: &str = "process.executable.name='PROGRAM' process.executable.path='PATH'";
pub(super) const SUCCEEDED: &str = "process.exit.code=0 Unset";
pub(super) const FAILED: &str = "process.exit.code=3 error.type='3' Error";

/// A span on a line, with its attributes as they were recorded. What differs each time has a name instead:
/// this program, its path, and the id of this process.
pub(super) fn shown(span: &SpanData) -> String {
    let own = i64::from(std::process::id());
    let attributes = span.attributes.iter().map(|KeyValue { key, value, .. }| match value {
        Value::String(text) => format!("{key}='{text}'"),
        Value::I64(pid) if *pid == own && key.as_str() == "process.pid" => format!("{key}=OWN"),
        other => format!("{key}={other}"),
    });
    let status = match &span.status {
        Status::Error { description } if description.is_empty() => "Error".to_owned(),
        other => format!("{other:?}"),
    };
    let (kind, name, id) = (&span.span_kind, &span.name, span.span_context.span_id());
    let (trace, parent) = (span.span_context.trace_id(), span.parent_span_id);
    let attributes = attributes.collect::<Vec<_>>().join(" ");
    let line = format!("{kind:?} {name} {id} in {trace} under {parent}: {attributes} {status}\n");

    let path = env::current_exe().unwrap();
    let program = path.file_name().unwrap().to_str().unwrap();
    line.replace(path.to_str().unwrap(), "PATH").replace(program, "PROGRAM")
}

#[derive(Debug)]
struct Printer;

impl SpanExporter for Printer {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter().for_each(|span| print!("{}", shown(span)));
        Ok(())
    }
}

pub(super) fn id(number: u64) -> String {
    SpanId::from(0xfeed_0000_0000_0000 + number).to_string()
}

#[derive(Debug)]
struct NumberedFrom(AtomicU64);

impl IdGenerator for NumberedFrom {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_hex("feedfeedfeedfeedfeedfeedfeedfeed").unwrap()
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_hex(&id(self.0.fetch_add(1, Ordering::Relaxed))).unwrap()
    }
}
