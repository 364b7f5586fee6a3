//! The child of `otel_parent`, which continues its trace.

#[path = "process_tree/telemetry.rs"]
mod telemetry;

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_env_carrier::MainSpan;

fn main() {
    let provider = telemetry::provider("otel-child");
    let span = MainSpan::builder().with_shutdown(move || provider.shutdown()).start();
    println!("trace {}", span.context().span().span_context().trace_id());
    span.end_with_code(0);
}
