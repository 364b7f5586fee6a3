//! With the spans of `tracing`.

use std::process::Command;

use opentelemetry::global;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_env_carrier::{
    EnvChanges, InSpan as _, MainSpan, WithTraceContext as _, extract_parent_context,
};
use tracing::{Instrument as _, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::child::child;
use crate::fixtures::process::{NO_VARIABLES, in_process};
use crate::spans::exported::Spans;

#[test]
fn the_entered_span_is_injected() {
    in_process(NO_VARIABLES, "", || {
        let _spans = with_tracing();
        let _outer = info_span!("outer").entered();
        let inner = info_span!("inner").entered();
        let expected = EnvChanges::from_context(&inner.context());
        assert!(!expected.is_empty());
        assert_eq!(EnvChanges::from_current_context(), expected);
    });
}

#[test]
fn the_span_of_a_child_is_under_the_entered_span() {
    in_process(NO_VARIABLES, "", || {
        let spans = with_tracing();
        let outer = info_span!("outer");
        outer.in_scope(|| child("exit 0").in_span().status()).unwrap();
        let mut command = tokio::process::Command::from(child("exit 0"));
        let status = async {
            tokio::task::yield_now().await;
            command.in_span().status().await
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(status.instrument(outer.clone())).unwrap();
        let parent = outer.context().span().span_context().span_id();
        assert_eq!(
            spans.ended().iter().map(|span| span.parent_span_id).collect::<Vec<_>>(),
            [parent; 2]
        );
    });
}

#[test]
fn a_root_span_is_under_the_span_around_main() {
    in_process(NO_VARIABLES, "", || {
        let spans = with_tracing();
        let main = MainSpan::start();
        drop(info_span!("root"));
        let parent = main.context().span().span_context().span_id();
        assert_eq!(spans.only().parent_span_id, parent);
    });
}

#[test]
fn no_event_of_this_crate_is_exported_with_a_span_of_the_program() {
    in_process(NO_VARIABLES, "", || {
        let spans = with_tracing();
        let span = info_span!("outer").entered();
        tracing::debug!("an event of the program itself");
        Command::new("worker").with_trace_context();
        drop(extract_parent_context());
        drop(span);
        let events = spans.only().events;
        let names: Vec<_> = events.iter().map(|event| &*event.name).collect();
        assert_eq!(names, ["an event of the program itself"]);
    });
}

/// The spans of `tracing` are exported like the others.
fn with_tracing() -> Spans {
    let spans = Spans::of_this_process();
    let layer = tracing_opentelemetry::layer().with_tracer(global::tracer("test"));
    tracing_subscriber::registry().with(layer).init();
    spans
}
