//! The guard of the README, with an end that does not take long.

use std::time::Duration;

use opentelemetry::global;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::trace::SdkTracerProvider;

pub(crate) struct Telemetry(pub(crate) SdkTracerProvider);

/// What a collector that does not answer may cost.
const TIMEOUT: Duration = Duration::from_secs(2);

impl Telemetry {
    pub(crate) fn start() -> Self {
        // Named explicitly, because the default depends on features that any crate may enable.
        let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
        let mut provider = SdkTracerProvider::builder();
        match exporter.build() {
            Ok(exporter) => provider = provider.with_batch_exporter(exporter),
            Err(error) => eprintln!("no spans are exported: {error}"),
        }
        let provider = provider.build();
        global::set_tracer_provider(provider.clone());
        Self(provider)
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let _ = self.0.shutdown_with_timeout(TIMEOUT);
    }
}
