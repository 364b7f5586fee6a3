//! Which span is the parent of a child's span, and who makes it. An invalid one is no parent, though to the SDK it is
//! one that is not sampled. (For other threads, see `threads`; for what the child receives, `received`.)

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_env_carrier::extract_parent_context;
use opentelemetry_propagator_b3::Propagator as B3;
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};

use super::*;

#[test]
fn without_a_current_span_the_parent_is_the_one_that_this_process_was_spawned_in() {
    in_process_with_spans(ALL.written, "", |spans| {
        drop(ChildSpan::start("worker"));
        assert_parent(&spans.only(), &(ALL.cx)());
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
    in_process_with_spans(&[], "", |spans| {
        let parent = Context::new().with_span(global::tracer("test").start("parent"));
        let suppressed = parent.with_telemetry_suppressed();

        let attached = suppressed.clone().attach();
        assert_eq!(child("exit 3").in_span().status().unwrap().code(), Some(3));
        drop(attached);
        drop(MainSpan::builder().with_parent(&suppressed).start());
        let mut command = tokio::process::Command::from(child("exit 3"));
        let status = async { command.in_span().status().await }.with_context(suppressed);
        assert_eq!(Runtime::new().unwrap().block_on(status).unwrap().code(), Some(3));
        assert!(spans.ended().is_empty());

        parent.span().end();
        assert!(spans.only().attributes.is_empty());
        assert_eq!(spans.only().status, Status::Unset);
    });
}

#[test]
fn a_tracer_of_its_own_takes_the_place_of_the_global_one() {
    in_process_with_spans(&[], "", |spans| {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let tracer = provider.tracer("its own");
        child("exit 0").in_span().with_tracer(&tracer).status().unwrap();
        drop(ChildSpan::builder("worker").with_tracer(&tracer).start());
        drop(MainSpan::builder().with_tracer(&tracer).start());
        assert!(spans.ended().is_empty());
        assert_eq!(exporter.get_finished_spans().unwrap().len(), 3);
    });
}

#[test]
fn a_sampler_sees_attributes() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process_with(SampledIf(|of_span, _| is_important(of_span)));
        for important in ["no", "yes"] {
            let attributes = [KeyValue::new("important", important)];
            child("exit 0").in_span().with_attributes(attributes).status().unwrap();
        }
        assert!(is_important(&spans.only().attributes));
    });
}

fn is_important(attributes: &[KeyValue]) -> bool {
    attributes.contains(&KeyValue::new("important", "yes"))
}

/// As load balancers send it.
#[test]
fn under_a_root_alone_of_x_ray_spans_are_sampled() {
    in_process([("X_AMZN_TRACE_ID", "Root=1-58406520-a006649127e371903a2de979")], "", || {
        global::set_text_map_propagator(XrayPropagator::new());
        spans_of_all_kinds_are_sampled();
    });
}

#[test]
fn under_a_decision_of_b3_alone_spans_are_sampled() {
    in_process([("X_B3_SAMPLED", "0")], "", || {
        global::set_text_map_propagator(B3::new());
        spans_of_all_kinds_are_sampled();
    });
}

#[track_caller]
fn spans_of_all_kinds_are_sampled() {
    let spans = sampled_by_parent();
    let main = MainSpan::start();
    child("exit 0").in_span().status().unwrap();
    global::tracer("its own").start("in main").end();
    drop(main);
    let parent = extract_parent_context().attach();
    global::tracer("its own").start("under the extracted context").end();
    drop(parent);
    child("exit 0").in_span().status().unwrap();
    assert_eq!(spans.ended().len(), 5);
}

#[test]
fn under_an_invalid_span_that_is_current_or_given_a_span_is_sampled_and_other_values_are_kept() {
    #[derive(Debug, PartialEq)]
    struct Other(u8);

    in_process(NO_VARIABLES, "", || {
        let spans = sampled_by_parent();
        let invalid = invalid().with_value(Other(7)).with_baggage([KeyValue::new("key", "value")]);
        let given_to_child = ChildSpan::builder("worker").with_parent(&invalid).start();
        let given_to_main = MainSpan::builder().with_parent(&invalid).start();
        let _current = invalid.attach();
        let of_current = ChildSpan::start("worker");
        for cx in [given_to_child.context(), given_to_main.context(), of_current.context()] {
            assert_eq!(cx.get(), Some(&Other(7)));
            assert_eq!(cx.baggage().get("key").map(|value| value.as_str()), Some("value"));
        }
        drop((given_to_child, given_to_main, of_current));
        drop(MainSpan::start());
        assert_eq!(spans.ended().len(), 4);
    });
}

#[test]
fn under_an_invalid_span_telemetry_stays_suppressed() {
    in_process(NO_VARIABLES, "", || {
        let spans = sampled_by_parent();
        let suppressed = invalid().with_telemetry_suppressed();
        drop(ChildSpan::builder("worker").with_parent(&suppressed).start());
        drop(MainSpan::builder().with_parent(&suppressed).start());
        assert!(spans.ended().is_empty());
    });
}

fn invalid() -> Context {
    Context::new().with_remote_span_context(SpanContext::NONE)
}

/// As it is by default.
fn sampled_by_parent() -> Spans {
    Spans::of_this_process_with(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
}
