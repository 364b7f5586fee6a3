use std::time::Duration;

use opentelemetry::global;
use opentelemetry_env_carrier::{MainSpan, MainSpanBuilder};
use opentelemetry_otlp::{RetryPolicy, SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

/// The span around `main`. When it ends, it is exported.
pub fn main_span(service: &'static str) -> MainSpanBuilder<'static> {
    let provider = provider(service);
    MainSpan::builder()
        .with_shutdown(move || provider.shutdown_with_timeout(Duration::from_secs(2)))
}

pub fn provider(service: &'static str) -> SdkTracerProvider {
    let resource = Resource::builder().with_service_name(service).build();
    let mut provider = SdkTracerProvider::builder().with_resource(resource);
    match SpanExporter::builder().with_http().with_retry_policy(RetryPolicy::disabled()).build() {
        Ok(exporter) => provider = provider.with_batch_exporter(exporter),
        Err(error) => eprintln!("{service}: no telemetry: {error}"),
    }
    let provider = provider.build();
    global::set_tracer_provider(provider.clone());
    provider
}
