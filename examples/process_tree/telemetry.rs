//! Telemetry as any program sets it up: nothing here is about child processes.

use std::time::Duration;
use std::{env, process};

use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig as _,
    WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

/// Makes spans, and exports them with OTLP over HTTP to `OTEL_EXPORTER_OTLP_ENDPOINT`, if that is set.
pub(crate) fn provider(service: &'static str) -> SdkTracerProvider {
    let process = KeyValue::new("process.pid", i64::from(process::id()));
    let resource = Resource::builder().with_service_name(service).with_attribute(process);
    let mut provider = SdkTracerProvider::builder().with_resource(resource.build());
    if endpoint().is_some() {
        match exporter() {
            Ok(exporter) => provider = provider.with_batch_exporter(exporter),
            Err(error) => eprintln!("{service}: no telemetry: {error}"),
        }
    }
    let provider = provider.build();
    global::set_tracer_provider(provider.clone());
    provider
}

/// Where spans are exported to, if anywhere.
pub(crate) fn endpoint() -> Option<String> {
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|endpoint| !endpoint.is_empty())
}

fn exporter() -> Result<SpanExporter, ExporterBuildError> {
    SpanExporter::builder()
        .with_http()
        // Named explicitly, because the default depends on features that any other crate may enable.
        .with_protocol(Protocol::HttpBinary)
        // What an endpoint that does not answer may cost at the end.
        .with_timeout(Duration::from_secs(2))
        // Retries would make each process almost a second slower if no collector listens.
        .with_retry_policy(RetryPolicy::disabled())
        .build()
}
