//! A context whose active span is invalid. To the SDK that is a parent that is not sampled; to this crate it is no
//! parent.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{Span as _, SpanContext, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_env_carrier::{ChildSpan, InSpan as _, MainSpan, extract_parent_context};
use opentelemetry_propagator_b3::Propagator as B3;
use opentelemetry_sdk::trace::Sampler;

use super::exported::Spans;
use crate::child::child;
use crate::fixtures::process::{NO_VARIABLES, in_process};

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
    in_process(NO_VARIABLES, "", || {
        let spans = sampled_by_parent();
        let invalid = invalid().with_value(Value(7)).with_baggage([KeyValue::new("key", "value")]);
        let given_to_child = ChildSpan::builder("worker").with_parent(&invalid).start();
        let given_to_main = MainSpan::builder().with_parent(&invalid).start();
        let _current = invalid.attach();
        let of_current = ChildSpan::start("worker");
        for cx in [given_to_child.context(), given_to_main.context(), of_current.context()] {
            assert_eq!(cx.get(), Some(&Value(7)));
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

#[derive(Debug, PartialEq)]
struct Value(u8);

fn invalid() -> Context {
    Context::new().with_remote_span_context(SpanContext::NONE)
}

/// As it is by default.
fn sampled_by_parent() -> Spans {
    Spans::of_this_process_with(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
}
