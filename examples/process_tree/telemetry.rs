//! Telemetry as any program sets it up: nothing here is about child processes.

use std::time::Duration;
use std::{env, io, process};

use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Runtime;

/// What an endpoint that is down may cost at the end.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes spans until it is dropped, and exports them over OTLP to `OTEL_EXPORTER_OTLP_ENDPOINT`, if
/// that is set.
pub(crate) struct Telemetry {
    pub(crate) provider: SdkTracerProvider,
    /// What the exporter for gRPC runs on.
    runtime: Option<Runtime>,
}

impl Telemetry {
    pub(crate) fn start(service: &'static str) -> io::Result<Self> {
        let runtime = Runtime::new()?;
        let process = KeyValue::new("process.pid", i64::from(process::id()));
        let resource = Resource::builder().with_service_name(service).with_attribute(process);
        let mut provider = SdkTracerProvider::builder().with_resource(resource.build());
        if endpoint().is_some() {
            let _runtime = runtime.enter();
            provider = provider.with_batch_exporter(exporter().map_err(io::Error::other)?);
        }
        let provider = provider.build();
        global::set_tracer_provider(provider.clone());
        Ok(Self { provider, runtime: Some(runtime) })
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
        // In the background, because the program may be on a runtime of its own.
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

/// HTTP with protobuf is named explicitly, because the default depends on features that any other
/// crate may enable.
fn exporter() -> Result<SpanExporter, ExporterBuildError> {
    let builder = SpanExporter::builder();
    match env::var("OTEL_EXPORTER_OTLP_PROTOCOL").as_deref() {
        Ok("grpc") => builder.with_tonic().with_timeout(EXPORT_TIMEOUT).build(),
        _ => {
            let http = builder.with_http().with_protocol(Protocol::HttpBinary);
            http.with_timeout(EXPORT_TIMEOUT).build()
        }
    }
}
