//! Telemetry as any program sets it up: nothing here is about child processes.

use std::time::Duration;
use std::{env, io, process};

use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig as _,
    WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

/// What an endpoint that does not answer may cost at the end.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes spans until it is dropped, and exports them with OTLP over HTTP to `OTEL_EXPORTER_OTLP_ENDPOINT`,
/// if that is set.
pub(crate) struct Telemetry {
    pub(crate) provider: SdkTracerProvider,
}

impl Telemetry {
    pub(crate) fn start(service: &'static str) -> io::Result<Self> {
        let process = KeyValue::new("process.pid", i64::from(process::id()));
        let resource = Resource::builder().with_service_name(service).with_attribute(process);
        let mut provider = SdkTracerProvider::builder().with_resource(resource.build());
        if endpoint().is_some() {
            provider = provider.with_batch_exporter(exporter().map_err(io::Error::other)?);
        }
        let provider = provider.build();
        global::set_tracer_provider(provider.clone());
        Ok(Self { provider })
    }
}

/// Where spans are exported to, if anywhere.
pub(crate) fn endpoint() -> Option<String> {
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|endpoint| !endpoint.is_empty())
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // The SDK itself logs what could not be exported.
        let _ = self.provider.shutdown_with_timeout(EXPORT_TIMEOUT);
    }
}

fn exporter() -> Result<SpanExporter, ExporterBuildError> {
    SpanExporter::builder()
        .with_http()
        // Named explicitly, because the default depends on features that any other crate may enable.
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(EXPORT_TIMEOUT)
        // Retries would make each process almost a second slower if no collector listens.
        .with_retry_policy(RetryPolicy::disabled())
        .build()
}
