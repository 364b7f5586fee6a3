//! In place of the guide's `telemetry.rs`: it exports to a file.

use std::fs::File;
use std::io::Write as _;

use opentelemetry::global;
use opentelemetry::trace::{SpanId, Status};
use opentelemetry_env_carrier::{MainSpan, MainSpanBuilder};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

pub fn main_span(service: &'static str) -> MainSpanBuilder<'static> {
    let provider = provider();
    // From now on it may receive signals, which were caught before.
    File::create(format!("{service} has started")).expect("a file");
    MainSpan::builder().with_shutdown(move || provider.shutdown())
}

/// Exports to the file `spans` in the current folder. Slurm and MPI start their tasks in the folder of the
/// command, so the spans of all processes are in one file.
fn provider() -> SdkTracerProvider {
    let spans = File::options().append(true).create(true).open("spans").expect("a file");
    let provider = SdkTracerProvider::builder().with_batch_exporter(ToFile(spans)).build();
    global::set_tracer_provider(provider.clone());
    provider
}

#[derive(Debug)]
struct ToFile(File);

impl SpanExporter for ToFile {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        // In one write, so that lines of several processes do not mix.
        let lines: String = batch.iter().map(line).collect();
        let written = (&self.0).write_all(lines.as_bytes());
        written.map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }
}

/// The span's name again, and what is another in each run.
const NOT_SHOWN: [&str; 3] = ["process.executable.name", "process.executable.path", "process.pid"];

/// The ids of the trace, of the span, of its parent span and of the span that it is linked to; then its name,
/// and what happened.
fn line(span: &SpanData) -> String {
    let (trace, id) = (span.span_context.trace_id(), span.span_context.span_id());
    let mut attributes: Vec<String> = span
        .attributes
        .iter()
        .filter(|attribute| !NOT_SHOWN.contains(&attribute.key.as_str()))
        .map(|attribute| format!(" {}={}", attribute.key, attribute.value))
        .collect();
    attributes.sort();
    let attributes = attributes.concat();
    let linked = span.links.first().map_or(SpanId::INVALID, |link| link.span_context.span_id());
    let error = if matches!(span.status, Status::Error { .. }) { " Error" } else { "" };
    format!("{trace} {id} {} {linked} {}{attributes}{error}\n", span.parent_span_id, span.name)
}
