//! *Environment Variables as Context Propagation Carriers*, requirement by requirement. See
//! `src/guide/reference.md`.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor as _, Injector as _, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_env_carrier::{
    EnvCarrier, ReadEnv as _, WithTraceContext as _, is_normalized, normalize,
};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

type Variables = BTreeMap<String, String>;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn should_use_a_text_map_propagator_with_its_normal_inject_and_extract() {
    let cx = context();
    assert!(cx.span().span_context().is_remote());

    let mut copy = Variables::new();
    TraceContextPropagator::new().inject_context(&cx, &mut EnvCarrier::new(&mut copy));
    BaggagePropagator::new().inject_context(&cx, &mut EnvCarrier::new(&mut copy));
    copy.retain(|_, value| !value.is_empty()); // an empty `TRACESTATE`, as in a header
    assert_eq!(copy, variables());
}

#[test]
fn must_be_format_agnostic() {
    for key in ["traceparent", "x-b3-traceid", "x-amzn-trace-id", "anything", "größe"] {
        let mut carrier = EnvCarrier::new(Variables::new());
        carrier.set(key, "of no format".to_owned());
        assert_eq!(carrier.get(key), Some("of no format"));
    }
}

#[test]
fn must_treat_values_as_opaque_strings_and_must_not_validate_or_parse_them() {
    let longest = "x".repeat(100_000);
    for value in ["", "00-malformed", " spaces ", "größe\n\t", "a=b;c,d%", &longest] {
        let mut carrier = EnvCarrier::new(Variables::new());
        carrier.set("traceparent", value.to_owned());
        assert_eq!(carrier.get("traceparent"), Some(value));
    }
}

/// No other test of this program spawns a process either.
#[cfg(unix)]
#[test]
fn must_not_spawn_child_processes() {
    use nix::errno::Errno;
    use nix::sys::wait::{WaitPidFlag, waitpid};

    let mut command = Command::new("true");
    command.with_trace_context_from(&context()).without_trace_context();
    TraceContextPropagator::new().inject_context(&context(), &mut EnvCarrier::new(&mut command));
    assert_eq!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Err(Errno::ECHILD));
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
    for code in 0..=u32::from(char::MAX) {
        let Some(character) = char::from_u32(code) else { continue };
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
fn a_normalized_name_is_one_that_normalization_leaves_unchanged() {
    for name in ["_", "A", "TRACEPARENT", "_0", "X_B3_TRACEID", "", "a", "0", "A-B", "É"] {
        assert_eq!(is_normalized(name), normalize(name) == name, "{name}");
    }
}

#[test]
fn set_must_write_values_using_the_normalized_key() {
    let mut carrier = EnvCarrier::new(Variables::new());
    carrier.set("x-b3-traceid", "value".to_owned());
    let expected = BTreeMap::from([("X_B3_TRACEID".to_owned(), "value".to_owned())]);
    assert_eq!(carrier.into_inner(), expected);
}

#[test]
fn get_must_normalize_the_requested_key_and_read_the_normalized_name() {
    let env = BTreeMap::from([("X_B3_TRACEID".to_owned(), "value".to_owned())]);
    assert_eq!(EnvCarrier::new(&env).get("x-b3-traceid"), Some("value"));
}

#[test]
fn get_must_not_read_a_name_that_is_not_normalized() {
    let env = BTreeMap::from([("x-b3-traceid".to_owned(), "value".to_owned())]);
    assert_eq!(EnvCarrier::new(&env).get("x-b3-traceid"), None);
}

#[test]
fn keys_must_return_only_names_that_are_already_normalized() {
    let names = ["", "0A", "A-B", "TRACEPARENT", "_", "traceparent", "É"];
    let env: Variables = names.map(|name| (name.to_owned(), String::new())).into();
    assert_eq!(EnvCarrier::new(&env).keys(), ["TRACEPARENT", "_"]);
}

#[test]
fn the_environment_of_the_process_is_treated_as_immutable() {
    let before: Vec<_> = env::vars_os().collect();
    let mut command = Command::new("child");
    command.with_trace_context_from(&context()).without_trace_context();
    assert_eq!(env::vars_os().collect::<Vec<_>>(), before);
}

#[test]
fn each_child_receives_its_own_copy() {
    let (mut one, mut other) = (Command::new("child"), Command::new("child"));
    EnvCarrier::new(&mut one).set("traceparent", "of the one".to_owned());
    EnvCarrier::new(&mut other).set("traceparent", "of the other".to_owned());
    assert_eq!(one.var("TRACEPARENT"), Some("of the one"));
    assert_eq!(other.var("TRACEPARENT"), Some("of the other"));
}

#[test]
fn a_value_that_cannot_be_parsed_leaves_the_context_as_it_was() {
    let env = BTreeMap::from([("TRACEPARENT".to_owned(), "00-malformed".to_owned())]);
    let cx =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &EnvCarrier::new(&env));
    assert!(!cx.has_active_span());
    assert!(cx.baggage().is_empty());
}

fn variables() -> Variables {
    let variables = [("TRACEPARENT", TRACEPARENT), ("BAGGAGE", "key=value")];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// What is extracted of them.
fn context() -> Context {
    let env = variables();
    let cx = TraceContextPropagator::new().extract(&EnvCarrier::new(&env));
    BaggagePropagator::new().extract_with_context(&cx, &EnvCarrier::new(&env))
}
