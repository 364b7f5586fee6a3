//! Without an SDK: the child prints what was injected, and nothing is exported. Only `opentelemetry` and
//! this crate are needed by a program that gets its context from elsewhere, and makes no spans.
//!
//! ```text
//! cargo run --example without_sdk
//! ```
//!
//! The lines that pass the context on are marked with `<--`.

use std::process::Command;
use std::{env, io};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::{WithTraceContext as _, extract_parent_context};

fn main() -> io::Result<()> {
    if env::args().nth(1).as_deref() == Some("child") {
        child();
        return Ok(());
    }
    let mut command = Command::new(env::current_exe()?);
    command.arg("child").with_trace_context_from(&context_of_a_request()).status()?; // <-- injects it
    Ok(())
}

fn child() {
    for name in ["TRACEPARENT", "BAGGAGE"] {
        println!("{name}={}", env::var(name).unwrap_or_default());
    }
    let cx = extract_parent_context(); // <-- extracts it
    println!("the trace is {}", cx.span().span_context().trace_id());
    println!("build.id is {}", cx.baggage().get("build.id").map_or("unknown", |id| id.as_str()));
}

/// As a request, a message or a CI job may have brought it.
fn context_of_a_request() -> Context {
    let span = SpanContext::new(
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from(0x00f0_67aa_0ba9_02b7),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    Context::new().with_remote_span_context(span).with_baggage([KeyValue::new("build.id", "42")])
}
