//! What holds for any key, any value and any environment, against an oracle that shares no code
//! with the crate: the regular expressions of the specification.

use std::collections::{BTreeMap, HashMap};
use std::process::Command;
use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor as _, Injector as _, TextMapPropagator as _};
use opentelemetry_env_carrier::{EnvCarrier, ReadEnv, WriteEnv, is_normalized, normalize};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use regex::Regex;

static NORMALIZED: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Z_][A-Z0-9_]*$").unwrap());
static TO_BE_REPLACED: LazyLock<Regex> = LazyLock::new(|| Regex::new("[^A-Za-z0-9_]").unwrap());

/// The name for a key, as the specification spells it out.
fn oracle(key: &str) -> String {
    let name = TO_BE_REPLACED.replace_all(key, "_").to_ascii_uppercase();
    if Regex::new("^([0-9]|$)").unwrap().is_match(&name) { format!("_{name}") } else { name }
}

/// Strings of any characters, and such as look like keys, long and short.
fn keys() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-zA-Z0-9_.-]{0,40}", "\\PC{0,200}"]
}

/// What an environment can hold: anything without a NUL byte.
fn values() -> impl Strategy<Value = String> {
    prop_oneof!["[^\0]{0,100}", "[ -~]{0,100}", Just(String::new())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_key_has_the_name_that_the_specification_gives_it(key in keys()) {
        let name = normalize(&key);
        prop_assert_eq!(&*name, oracle(&key));
        prop_assert!(NORMALIZED.is_match(&name));
        prop_assert_eq!(normalize(&name), name.clone(), "the same name twice");
        let added = usize::from(key.is_empty() || key.starts_with(|first: char| first.is_ascii_digit()));
        prop_assert_eq!(name.chars().count(), key.chars().count() + added, "one character for one");
    }

    #[test]
    fn any_name_is_normalized_if_the_regular_expression_matches(name in keys()) {
        prop_assert_eq!(is_normalized(&name), NORMALIZED.is_match(&name));
    }

    #[test]
    fn what_was_set_is_what_one_gets(key in keys(), value in values()) {
        fn check<E: ReadEnv + WriteEnv>(mut env: E, key: &str, value: &str) {
            EnvCarrier::new(&mut env).set(key, value.to_owned());
            assert_eq!(EnvCarrier::new(&env).get(key), Some(value));
            assert_eq!(EnvCarrier::new(&env).keys(), [normalize(key)]);
        }
        check(Command::new("child"), &key, &value);
        check(Vec::<(String, String)>::new(), &key, &value);
        check(HashMap::<String, String>::new(), &key, &value);
        check(BTreeMap::<String, String>::new(), &key, &value);
    }

    #[test]
    fn a_list_behaves_as_a_map_does(
        writes in vec(("[AB]", prop::option::of("[xyz]")), 0..20),
    ) {
        let mut list: Vec<(String, String)> = Vec::new();
        let mut map: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in writes {
            match value {
                Some(value) => {
                    list.set_var(&name, value.clone());
                    map.set_var(&name, value);
                }
                None => {
                    list.remove_var(&name);
                    map.remove_var(&name);
                }
            }
            list.sort();
            prop_assert_eq!(&list, &map.clone().into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn whatever_stands_in_an_environment_extraction_does_not_panic(
        mut env in btree_map(any::<String>(), any::<String>(), 0..10),
        traceparent in prop_oneof![any::<String>(), "[0-9a-f-]{0,80}", "00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"],
        tracestate in any::<String>(),
        baggage in any::<String>(),
    ) {
        env.insert("TRACEPARENT".to_owned(), traceparent);
        env.insert("TRACESTATE".to_owned(), tracestate);
        env.insert("BAGGAGE".to_owned(), baggage);
        let carrier = EnvCarrier::new(&env);
        carrier.keys();
        let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
        BaggagePropagator::new().extract_with_context(&cx, &carrier);
    }
}
