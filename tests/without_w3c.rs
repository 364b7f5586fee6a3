//! Without the feature `w3c` there is no propagator until the program sets one.

#![cfg(not(feature = "w3c"))]

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_env_carrier::{WithTraceContext as _, try_extract_parent_context};

#[test]
fn nothing_is_written_nothing_is_read_and_what_is_there_stays() {
    let variables = || [("TRACEPARENT".to_owned(), "of somebody else".to_owned())];
    let mut env = Vec::from(variables());
    env.with_trace_context_from(&with_span());
    assert_eq!(env, variables());
    assert!(matches!(try_extract_parent_context(), Ok(None)));
    // What is current was not extracted.
    let _current = with_span().attach();
    assert!(matches!(try_extract_parent_context(), Ok(None)));
}

#[test]
fn what_is_removed_are_the_variables_of_w3c_all_the_same() {
    let names = ["TRACEPARENT", "TRACESTATE", "BAGGAGE", "OTHER"];
    let mut env = Vec::from(names.map(|name| (name.to_owned(), String::new())));
    env.without_trace_context();
    assert_eq!(env, [("OTHER".to_owned(), String::new())]);
}

fn with_span() -> Context {
    let (trace, span) = (TraceId::from(1), SpanId::from(1));
    let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE);
    Context::new().with_remote_span_context(span)
}
