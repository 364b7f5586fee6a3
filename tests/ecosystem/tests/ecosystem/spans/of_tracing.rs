//! Spans of `tracing`, which are exported like the others.

use opentelemetry_env_carrier::{EnvChanges, extract_parent_context};
use tracing::{Instrument as _, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::*;

#[test]
fn the_entered_span_is_injected() {
    in_process_with_tracing(|_spans| {
        let _outer = info_span!("outer").entered();
        let inner = info_span!("inner").entered();
        let expected = EnvChanges::from_context(&inner.context());
        assert!(!expected.is_empty());
        assert_eq!(EnvChanges::from_current_context(), expected);
    });
}

#[test]
fn the_span_of_a_child_is_under_the_entered_span() {
    in_process_with_tracing(|spans| {
        let outer = info_span!("outer");
        outer.in_scope(|| child("exit 0").in_span().status()).unwrap();
        let mut command = tokio::process::Command::from(child("exit 0"));
        let status = async {
            tokio::task::yield_now().await;
            command.in_span().status().await
        };
        Runtime::new().unwrap().block_on(status.instrument(outer.clone())).unwrap();
        let [first, second] = spans.ended().try_into().unwrap();
        assert_parent(&first, &outer.context());
        assert_parent(&second, &outer.context());
    });
}

#[test]
fn a_root_span_is_under_the_span_around_main() {
    in_process_with_tracing(|spans| {
        let main = MainSpan::start();
        drop(info_span!("root"));
        assert_parent(&spans.only(), main.context());
    });
}

#[test]
fn no_event_of_this_crate_is_exported_with_a_span_of_the_program() {
    in_process_with_tracing(|spans| {
        let span = info_span!("outer").entered();
        tracing::debug!("an event of the program itself");
        Command::new("worker").with_trace_context();
        drop(extract_parent_context());
        drop(span);
        let [event] = &*spans.only().events.events else { panic!("one event") };
        assert_eq!(event.name, "an event of the program itself");
    });
}

#[track_caller]
fn in_process_with_tracing(part: impl FnOnce(Spans)) {
    in_process_with_spans(&[], "", |spans| {
        let layer = tracing_opentelemetry::layer().with_tracer(global::tracer("test"));
        tracing_subscriber::registry().with(layer).init();
        part(spans);
    });
}
