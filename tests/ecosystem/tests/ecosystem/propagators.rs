//! The published propagators.

use std::collections::BTreeMap;

use opentelemetry::propagation::*;
use opentelemetry::{Context, global};
use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_env_carrier::*;
use opentelemetry_propagator_b3::{B3Encoding, Propagator as B3};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::child::child;
use crate::fixtures::contexts::*;
use crate::fixtures::process::{in_process, process};
use crate::fixtures::shown::lines;

/// What a child extracts of a span and baggage, for each propagator.
macro_rules! round_trips {
    ($($test:ident: $propagator:expr, $extracted:expr;)*) => {$(
        #[test]
        fn $test() {
            round_trips(|| $propagator, &$extracted);
        }
    )*};
}

round_trips! {
    w3c_trace_context_carries_a_span: TraceContextPropagator::new(), SPAN;
    w3c_baggage_carries_baggage: BaggagePropagator::new(), format!("{NO_SPAN}{BAGGAGE}");
    b3_in_a_single_variable_carries_a_span: B3::with_encoding(B3Encoding::SingleHeader), SPAN;
    b3_in_several_variables_carries_a_span: B3::with_encoding(B3Encoding::MultipleHeader), SPAN;
    b3_in_both_forms_carries_a_span: B3::with_encoding(B3Encoding::SingleAndMultiHeader), SPAN;
    b3_of_the_deprecated_opentelemetry_zipkin_carries_a_span: zipkin(), SPAN;
    x_ray_carries_a_span: XrayPropagator::new(), SPAN;
    all_together_carry_a_span_and_baggage: TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
        Box::new(B3::with_encoding(B3Encoding::SingleAndMultiHeader)),
        Box::new(XrayPropagator::new()),
    ]), format!("{SPAN}{BAGGAGE}");
}

const BAGGAGE: &str = ", baggage build.id=42";

/// Through a child that is given the propagator, and through one that has it as the global one.
fn round_trips<P: TextMapPropagator + Send + Sync + 'static>(propagator: fn() -> P, writes: &str) {
    let mut given = process(|| println!("{}", shown(&extract_parent_context_using(&propagator()))));
    let mut global = process(|| {
        global::set_text_map_propagator(propagator());
        println!("{}", shown(&extract_parent_context()));
    });
    // Each of them would spoil the context if it got through: a `1` in `X_B3_FLAGS`, say.
    let propagates = propagator();
    let stale = propagates.fields().map(|field| (normalize(field).into_owned(), "1"));
    in_process(stale, &format!("{writes}\n").repeat(2), || {
        let cx = with_baggage(with_span(""));
        assert!(given.with_trace_context_using(&propagator(), &cx).status().unwrap().success());
        global::set_text_map_propagator(propagator());
        assert!(global.with_trace_context_from(&cx).status().unwrap().success());
    });
}

/// What a process with a global propagator extracts of one variable.
macro_rules! extracts {
    ($($test:ident: $propagator:expr, $variable:literal = $value:literal, $extracted:expr;)*) => {$(
        #[test]
        fn $test() {
            in_process([($variable, $value)], "", || {
                global::set_text_map_propagator($propagator);
                assert_eq!(shown(&extract_parent_context()), $extracted);
                let tried = try_extract_parent_context().unwrap();
                assert_eq!(tried.map_or(NO_SPAN.to_owned(), |cx| shown(&cx)), $extracted);
            });
        }
    )*};
}

extracts! {
    a_decision_of_b3_is_no_span: B3::new(), "X_B3_SAMPLED" = "1", NO_SPAN;
    a_malformed_span_of_b3_is_not_an_error: B3::new(), "X_B3_TRACEID" = "malformed", NO_SPAN;
    a_malformed_span_of_b3_in_a_single_variable_is_not_an_error:
        B3::with_encoding(B3Encoding::SingleHeader), "B3" = "malformed", NO_SPAN;
    // It is not declared, so only the context shows that it is set.
    x_ray_reads_the_variable_that_aws_lambda_sets: XrayPropagator::new(), "_X_AMZN_TRACE_ID" =
        "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1", SPAN;
}

/// What is left of the variables that a child would inherit, if there is no span.
macro_rules! without_a_span {
    ($($test:ident: $propagator:expr, $inherited:expr => $received:expr;)*) => {$(
        #[test]
        fn $test() {
            let inherited = $inherited.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let mut env = BTreeMap::from(inherited);
            env.with_trace_context_using(&$propagator, &Context::new());
            assert_eq!(lines(env), lines(BTreeMap::from($received)));
        }
    )*};
}

without_a_span! {
    without_a_span_w3c_changes_nothing: TraceContextPropagator::new(),
        [("TRACEPARENT", "inherited")] => [("TRACEPARENT", "inherited")];
    without_a_span_x_ray_changes_nothing: XrayPropagator::new(),
        [("X_AMZN_TRACE_ID", "inherited")] => [("X_AMZN_TRACE_ID", "inherited")];
    without_a_span_b3_writes_a_decision_in_place_of_what_is_inherited: B3::new(),
        [("X_B3_SAMPLED", "1"), ("X_B3_TRACEID", "inherited")] => [("X_B3_SAMPLED", "0")];
    b3_in_several_variables_leaves_the_single_one_which_it_does_not_declare: B3::new(),
        [("B3", "inherited")] => [("B3", "inherited"), ("X_B3_SAMPLED", "0")];
    b3_in_a_single_variable_leaves_the_several_which_it_does_not_declare:
        B3::with_encoding(B3Encoding::SingleHeader),
        [("X_B3_TRACEID", "inherited")] =>
        [("B3", "0"), ("X_B3_SAMPLED", "0"), ("X_B3_TRACEID", "inherited")];
    b3_in_both_forms_leaves_nothing: B3::with_encoding(B3Encoding::SingleAndMultiHeader),
        [("B3", "inherited"), ("X_B3_TRACEID", "inherited")] => [("B3", "0"), ("X_B3_SAMPLED", "0")];
}

/// W3C's are removed as well, and what is not declared stays.
#[test]
fn variables_of_b3_do_not_reach_a_child_that_must_not_see_the_context() {
    let inherited =
        [("B3", "0"), ("OTHER", "stays"), ("TRACEPARENT", "of W3C"), ("X_B3_TRACEID", TRACE_ID)];
    in_process(inherited, "OTHER=stays\nOTHER=stays\n", || {
        global::set_text_map_propagator(B3::with_encoding(B3Encoding::SingleAndMultiHeader));
        let _current = with_span("").attach();
        child("show-environment").without_trace_context().status().unwrap();
        child("show-environment").in_span().without_trace_context().status().unwrap();
        for name in ["B3", "TRACEPARENT", "X_B3_TRACEID", "X_B3_SPANID"] {
            assert!(context_variables().iter().any(|variable| variable == name), "{name}");
        }
    });
}

// Windows has another encoding, which costs allocations of its own.
#[cfg(unix)]
#[test]
fn b3_costs_at_most_27_allocations_to_inject_and_13_to_extract() {
    use allocation_counter::measure;

    let variables = [("X_B3_TRACEID", TRACE_ID), ("X_B3_SPANID", SPAN_ID), ("X_B3_SAMPLED", "1")];
    in_process(variables, "", || {
        let cx = with_span("");
        let b3 = B3::new();
        let mut command = std::process::Command::new("worker");
        let injection = measure(|| _ = command.with_trace_context_using(&b3, &cx)).count_total;
        let extract = || drop(extract_parent_context_using(&b3));
        extract(); // what is set up once does not count
        let extraction = measure(extract).count_total;
        assert!(injection <= 27 && extraction <= 13, "{injection}, {extraction}");
    });
}

/// So a propagator that looks for a prefix has to normalize it, and the spelling of the rest is lost.
#[test]
fn a_key_with_a_prefix_comes_back_normalized() {
    let mut env = BTreeMap::<String, String>::new();
    EnvCarrier::new(&mut env).set("uberctx-User-Id", "alice".to_owned());
    let carrier = EnvCarrier::new(&env);
    let [key] = carrier.keys().try_into().unwrap();
    assert_eq!(key.strip_prefix(&*normalize("uberctx-")), Some("USER_ID"));
    assert_eq!(carrier.get(key), Some("alice"));
}

#[expect(deprecated, reason = "some programs still have it")]
fn zipkin() -> opentelemetry_zipkin::Propagator {
    use opentelemetry_zipkin::{B3Encoding, Propagator};
    Propagator::with_encoding(B3Encoding::SingleAndMultiHeader)
}
