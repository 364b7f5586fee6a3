//! With `tokio` and `tracing`: children join the trace of the span that they are spawned in.
//!
//! ```text
//! cargo run --example tracing --features tokio
//! ```
//!
//! The parent spawns this program again for each unit that it compiles. The spans go to
//! `OTEL_EXPORTER_OTLP_ENDPOINT`, if that is set.
//!
//! The two lines that make it one trace are marked with `<--`.

#[path = "process_tree/telemetry.rs"]
mod telemetry;

use std::process::{self, ExitCode};
use std::{env, io};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::{MainSpan, WithTraceContext as _};
use tokio::process::Command;
use tokio::runtime::Runtime;
use tracing::{Instrument as _, Span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> ExitCode {
    let provider = telemetry::provider("tracing");
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tracing"));
    tracing_subscriber::registry().with(layer).init();
    // Before the first span of `tracing`, because a span looks for its parent only when it is made.
    let span = MainSpan::builder().with_shutdown(move || provider.shutdown()).start(); // <-- joins the parent's trace
    span.end(run())
}

fn run() -> io::Result<()> {
    if let Some(unit) = env::args().nth(1) {
        translate(&unit);
        return Ok(());
    }
    let baggage = [KeyValue::new("build.id", "42")];
    let _baggage = Context::current().with_baggage(baggage).attach();
    Runtime::new()?.block_on(build())
}

#[instrument]
async fn build() -> io::Result<()> {
    show("build");
    // A spawned task does not inherit the current span by itself.
    let docs = tokio::spawn(compile("docs").in_current_span());
    tokio::try_join!(compile("lexer"), compile("parser"))?;
    docs.await?
}

#[instrument]
async fn compile(unit: &'static str) -> io::Result<()> {
    show(&format!("compile {unit}"));
    let mut child = Command::new(env::current_exe()?);
    child.arg(unit).with_trace_context().status().await?; // <-- injects the span `compile`
    Ok(())
}

#[instrument]
fn translate(unit: &str) {
    show(&format!("translate {unit}"));
}

/// The current span on a line of its own.
fn show(name: &str) {
    let cx = Span::current().context();
    let span = cx.span();
    let (trace, span) = (span.span_context().trace_id(), span.span_context().span_id());
    let build = Context::current().baggage().get("build.id").map(ToString::to_string);
    let (process, build) = (process::id(), build.unwrap_or_default());
    println!("trace {trace}  span {span}  process {process}  build.id {build}  {name}");
}
