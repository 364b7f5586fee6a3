//! A key's name, case by case.

use std::borrow::Cow;

use opentelemetry_env_carrier::{is_normalized, normalize};

#[test]
fn every_key_has_its_normalized_name() {
    let cases = [
        ("", "_"),
        ("_", "_"),
        ("=", "_"),
        ("\0", "_"),
        ("traceparent", "TRACEPARENT"),
        ("TraceParent", "TRACEPARENT"),
        ("x-b3-traceid", "X_B3_TRACEID"),
        ("b3", "B3"),
        ("3b", "_3B"),
        ("0", "_0"),
        ("_0", "_0"),
        ("a.b c\td", "A_B_C_D"),
        ("a\nb=c;d,e", "A_B_C_D_E"),
        ("@[`{/:", "______"),
        // One character is one underscore, however many bytes or UTF-16 units it has.
        ("é", "_"),
        ("e\u{301}", "E_"),
        ("größe", "GR__E"),
        ("日本", "__"),
        ("🧳", "_"),
        // No case mapping outside of ASCII, and no digits either.
        ("İı", "__"),
        ("ß", "_"),
        ("ﬃ", "_"),
        ("٣", "_"),
        ("３d", "_D"),
    ];
    for (key, name) in cases {
        assert_eq!(normalize(key), name, "the name for {key:?}");
        assert_eq!(normalize(name), name, "the name for {name:?}, which is one already");
        assert!(is_normalized(name), "{name:?}");
        assert_eq!(is_normalized(key), key == name, "{key:?}");
    }
}

#[test]
fn a_name_is_as_long_as_its_key_whatever_room_there_is() {
    for length in 1..100 {
        assert_eq!(normalize(&"k".repeat(length)), "K".repeat(length));
        assert_eq!(normalize(&"3".repeat(length)), format!("_{}", "3".repeat(length)));
        assert_eq!(normalize(&"ß".repeat(length)), "_".repeat(length));
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
