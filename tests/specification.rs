//! *Environment Variables as Context Propagation Carriers*, requirement by requirement. The carrier is over a
//! map here; `environments.rs` shows that every other environment behaves as a map does.
//!
//! Two requirements have no test, because none could fail. The environment of the process is not changed:
//! that takes `unsafe` code, which this crate forbids. The carrier spawns no process: it only forwards
//! to the environment that it is over.

use std::collections::BTreeMap;

use opentelemetry::propagation::{Extractor as _, Injector as _, TextMapPropagator as _};
use opentelemetry_env_carrier::{EnvCarrier, normalize};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

type Variables = BTreeMap<String, String>;

#[test]
fn should_use_a_text_map_propagator_with_its_normal_inject_and_extract() {
    let received = variables([
        ("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("TRACESTATE", "vendor=value"),
        ("BAGGAGE", "key=value"),
    ]);
    let (trace_context, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let cx = trace_context.extract(&EnvCarrier::new(&received));
    let cx = baggage.extract_with_context(&cx, &EnvCarrier::new(&received));

    let mut sent = Variables::new();
    trace_context.inject_context(&cx, &mut EnvCarrier::new(&mut sent));
    baggage.inject_context(&cx, &mut EnvCarrier::new(&mut sent));
    assert_eq!(sent, received);
}

#[test]
fn must_be_format_agnostic() {
    for key in ["traceparent", "x-b3-traceid", "x-amzn-trace-id", "anything", "größe"] {
        let mut carrier = EnvCarrier::new(Variables::new());
        carrier.set(key, "of no format".to_owned());
        assert_eq!(carrier.get(key), Some("of no format"), "{key}");
    }
}

#[test]
fn must_treat_values_as_opaque_strings_and_must_not_validate_or_parse_them() {
    let longest = "x".repeat(200_000);
    for value in ["", "00-malformed", " spaces ", "größe\n\t", "=", "a=b;c,d%", "\0", &longest] {
        let mut carrier = EnvCarrier::new(Variables::new());
        carrier.set("traceparent", value.to_owned());
        assert_eq!(carrier.get("traceparent"), Some(value));
    }
}

#[test]
fn must_replace_an_empty_key_name_with_an_underscore() {
    assert_eq!(normalize(""), "_");
}

#[test]
fn must_uppercase_ascii_letters() {
    assert_eq!(normalize("abcdefghijklmnopqrstuvwxyz"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    assert_eq!(normalize("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

#[test]
fn must_replace_every_other_character_with_an_underscore() {
    for character in '\0'..=char::MAX {
        if !character.is_ascii_alphanumeric() {
            assert_eq!(normalize(&format!("A{character}Z")), "A_Z", "{character:?}");
        }
    }
}

#[test]
fn must_prefix_a_name_that_would_start_with_an_ascii_digit() {
    for digit in '0'..='9' {
        assert_eq!(normalize(&format!("{digit}abc")), format!("_{digit}ABC"));
        assert_eq!(normalize(&format!("a{digit}bc")), format!("A{digit}BC"));
    }
}

#[test]
fn set_must_write_values_using_the_normalized_key() {
    let mut carrier = EnvCarrier::new(variables([("x-b3-traceid", "of another variable")]));
    carrier.set("x-b3-traceid", "value".to_owned());
    let expected = [("x-b3-traceid", "of another variable"), ("X_B3_TRACEID", "value")];
    assert_eq!(carrier.into_inner(), variables(expected));
}

#[test]
fn get_must_normalize_the_requested_key_and_read_the_normalized_name() {
    let carrier = EnvCarrier::new(variables([("X_B3_TRACEID", "value")]));
    for key in ["x-b3-traceid", "X-B3-TraceId", "X_B3_TRACEID", "x.b3.traceid"] {
        assert_eq!(carrier.get(key), Some("value"), "{key}");
    }
    assert_eq!(carrier.get("x-b3"), None);
}

#[test]
fn get_must_not_read_a_name_that_is_not_normalized() {
    let carrier = EnvCarrier::new(variables([("x-b3-traceid", "value")]));
    assert_eq!(carrier.get("x-b3-traceid"), None);
}

#[test]
fn keys_must_return_only_names_that_are_already_normalized() {
    let names = ["", "0A", "A-B", "TRACEPARENT", "_", "traceparent", "É"];
    let carrier = EnvCarrier::new(variables(names.map(|name| (name, ""))));
    assert_eq!(carrier.keys(), ["TRACEPARENT", "_"]);
}

fn variables<const N: usize>(variables: [(&str, &str); N]) -> Variables {
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
