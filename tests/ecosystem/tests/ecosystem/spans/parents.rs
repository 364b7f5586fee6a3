//! Which span is the parent of a child's span. (For other threads, see `threads`.)

use opentelemetry::trace::{
    FutureExt as _, Link, SpanId, SpanKind, Status, TraceContextExt as _, TraceId, TraceState,
    Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::{ChildSpan, InSpan as _};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample,
    SpanData,
};
use tokio::process::Command as TokioCommand;

use super::exported::{NEW_TRACE, Spans};
use crate::child::child;
use crate::fixtures::contexts::{STALE, shown, with_numbered_span};
use crate::fixtures::process::{NO_VARIABLES, in_process};

#[test]
fn a_current_span_is_the_parent() {
    in_process(STALE.iter().copied(), "", || {
        let spans = Spans::of_this_process();
        let _current = with_numbered_span(7).attach();
        child("exit 0").in_span().status().unwrap();
        assert_parent(&spans.only(), &with_numbered_span(7));
    });
}

#[test]
fn a_parent_that_is_given_takes_the_place_of_the_current_span() {
    in_process(STALE.iter().copied(), "", || {
        let spans = Spans::of_this_process();
        let _current = with_numbered_span(7).attach();
        child("exit 0").in_span().with_parent(&with_numbered_span(8)).status().unwrap();
        assert_parent(&spans.only(), &with_numbered_span(8));
    });
}

#[test]
fn a_parent_without_a_span_starts_a_new_trace() {
    in_process(STALE.iter().copied(), "", || {
        let spans = Spans::of_this_process();
        let _current = with_numbered_span(7).attach();
        child("exit 0").in_span().with_parent(&Context::new()).status().unwrap();
        assert_eq!(spans.only().span_context.trace_id(), TraceId::from_hex(NEW_TRACE).unwrap());
        assert_eq!(spans.only().parent_span_id, SpanId::INVALID);
    });
}

#[test]
fn without_a_current_span_the_parent_is_the_one_that_this_process_was_spawned_in() {
    let inherited = "00-00000000000000000000000000000008-0000000000000008-01";
    in_process([("TRACEPARENT", inherited)], "", || {
        let spans = Spans::of_this_process();
        child("exit 0").in_span().status().unwrap();
        drop(ChildSpan::start("worker"));
        for span in spans.ended() {
            assert_parent(&span, &with_numbered_span(7));
        }
        assert_eq!(spans.ended().len(), 2);
    });
}

#[test]
fn two_children_at_once_are_siblings() {
    let spans = Spans::of_this_test();
    let current = Context::current();
    let mut command = child("exit 0");
    let first = command.in_span().with_name("first").spawn().unwrap();
    let second = command.in_span().with_name("second").spawn().unwrap();
    assert_eq!(shown(&Context::current()), shown(&current));
    // A context that outlives the child does not keep the span open.
    let _contexts = [first.context().clone(), second.context().clone()];
    drop(second);
    drop(first);
    let [second, first] = spans.ended().try_into().unwrap();
    assert_eq!([&*second.name, &*first.name], ["second", "first"]);
    assert_parent(&second, &current);
    assert_parent(&first, &current);
}

#[test]
fn a_parent_span_is_not_ended_by_a_child_without_a_span() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let parent = Context::new().with_span(global::tracer("test").start("parent"));
        let suppressed = parent.with_telemetry_suppressed();

        let attached = suppressed.clone().attach();
        assert_eq!(child("exit 3").in_span().status().unwrap().code(), Some(3));
        drop(attached);
        let mut command = TokioCommand::from(child("exit 3"));
        let status = async { command.in_span().status().await }.with_context(suppressed);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        assert_eq!(runtime.block_on(status).unwrap().code(), Some(3));
        assert!(spans.ended().is_empty());

        parent.span().end();
        assert!(spans.only().attributes.is_empty());
        assert_eq!(spans.only().status, Status::Unset);
    });
}

#[test]
fn a_tracer_of_its_own_takes_the_place_of_the_global_one() {
    let spans = Spans::of_this_test();
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let tracer = provider.tracer("its own");
    child("exit 0").in_span().with_tracer(&tracer).status().unwrap();
    drop(ChildSpan::builder("worker").with_tracer(&tracer).start());
    assert!(spans.ended().is_empty());
    assert_eq!(exporter.get_finished_spans().unwrap().len(), 2);
}

#[test]
fn a_sampler_sees_attributes() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process_with(Important);
        for important in ["no", "yes"] {
            let attributes = [KeyValue::new("important", important)];
            child("exit 0").in_span().with_attributes(attributes).status().unwrap();
        }
        assert!(spans.only().attributes.contains(&KeyValue::new("important", "yes")));
    });
}

#[track_caller]
fn assert_parent(span: &SpanData, parent: &Context) {
    let parent = parent.span().span_context().clone();
    assert_eq!(span.span_context.trace_id(), parent.trace_id());
    assert_eq!(span.parent_span_id, parent.span_id());
}

/// Samples what is important.
#[derive(Clone, Debug)]
struct Important;

impl ShouldSample for Important {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        attributes: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let decision = if attributes.contains(&KeyValue::new("important", "yes")) {
            SamplingDecision::RecordAndSample
        } else {
            SamplingDecision::Drop
        };
        SamplingResult { decision, attributes: vec![], trace_state: TraceState::NONE }
    }
}
