//! The peer in Rust: see `tests/peers/main.rs` for what a peer does.

use std::collections::BTreeMap;
use std::env;
use std::process::{Command, ExitCode};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{WithTraceContext as _, extract_parent_context};
use opentelemetry_propagator_b3::{B3Encoding, Propagator as B3};
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::json;

fn main() -> ExitCode {
    match env::var("OTEL_PROPAGATORS").as_deref() {
        Ok("b3") => global::set_text_map_propagator(B3::with_encoding(B3Encoding::SingleHeader)),
        Ok("b3multi") => global::set_text_map_propagator(B3::new()),
        _ => {}
    }

    let parent = extract_parent_context();
    let tracer = SdkTracerProvider::default().tracer("peer");
    let cx = parent.with_span(tracer.start_with_context("peer", &parent));
    println!("{}", report(&parent, &cx));

    let mut arguments = env::args().skip(1);
    let Some(program) = arguments.next() else { return ExitCode::SUCCESS };
    let mut next = Command::new(program);
    let status = next.args(arguments).with_trace_context_from(&cx).status().unwrap();
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1).into()
}

fn report(parent: &Context, cx: &Context) -> serde_json::Value {
    let span = cx.span().span_context().clone();
    let baggage: BTreeMap<&str, [&str; 2]> = cx
        .baggage()
        .iter()
        .map(|(key, (value, properties))| (key.as_str(), [value.as_str(), properties.as_str()]))
        .collect();
    json!({
        "trace": span.trace_id().to_string(),
        "span": span.span_id().to_string(),
        "parent": parent.span().span_context().span_id().to_string(),
        "flags": format!("{:02x}", span.trace_flags()),
        "state": span.trace_state().header(),
        "baggage": baggage,
    })
}
