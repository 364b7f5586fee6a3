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

use std::{env, io, process};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::{WithTraceContext as _, extract_parent_context};
use tokio::process::Command;
use tokio::runtime::Runtime;
use tracing::{Instrument as _, Span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::telemetry::Telemetry;

fn main() -> io::Result<()> {
    let telemetry = Telemetry::start("tracing")?;
    let tracer = telemetry.provider.tracer("tracing");
    tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)).init();

    // Before the first span, because a span looks for its parent only when it is made.
    // The type makes a second version of `opentelemetry` in the program a compile error.
    let parent: Context = extract_parent_context(); // <-- joins the parent's trace
    let _parent = parent.attach();

    match env::args().nth(1) {
        Some(unit) => {
            translate(&unit);
            Ok(())
        }
        None => {
            let baggage = [KeyValue::new("build.id", "42")];
            let _baggage = Context::current().with_baggage(baggage).attach();
            Runtime::new()?.block_on(build())
        }
    }
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
