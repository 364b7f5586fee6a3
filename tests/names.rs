//! What holds for the name of any key, against an oracle that shares no code with the crate: the regular
//! expressions of the specification.

use std::borrow::Cow;
use std::sync::LazyLock;

use opentelemetry_env_carrier::{is_normalized, normalize};
use proptest::prelude::*;
use regex::Regex;

static NORMALIZED: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Z_][A-Z0-9_]*$").unwrap());
static TO_BE_REPLACED: LazyLock<Regex> = LazyLock::new(|| Regex::new("[^A-Za-z0-9_]").unwrap());
static TO_BE_PREFIXED: LazyLock<Regex> = LazyLock::new(|| Regex::new("^([0-9]|$)").unwrap());

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_key_has_the_name_that_the_specification_gives_it_and_is_normalized_if_that_is_the_same(key in keys()) {
        let replaced = TO_BE_REPLACED.replace_all(&key, "_").to_ascii_uppercase();
        let name = TO_BE_PREFIXED.replace(&replaced, "_$0");
        prop_assert!(NORMALIZED.is_match(&name));
        prop_assert_eq!(&normalize(&key), &name);
        prop_assert_eq!(&normalize(&name), &name, "the same name twice");
        prop_assert_eq!(is_normalized(&key), NORMALIZED.is_match(&key));
    }
}

#[test]
fn a_key_that_is_normalized_or_of_w3c_is_not_copied() {
    for key in ["X_B3_TRACEID", "TRACEPARENT", "traceparent", "tracestate", "TraceState", "baggage"]
    {
        assert!(matches!(normalize(key), Cow::Borrowed(_)), "{key}");
    }
    assert!(matches!(normalize("x-b3-traceid"), Cow::Owned(_)));
}

/// Strings of any characters, and such as look like keys and names, long and short.
fn keys() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-zA-Z0-9_.-]{0,40}", "[A-Z0-9_]{0,8}", "\\PC{0,200}"]
}
