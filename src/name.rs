//! A propagation key becomes a variable's name.

use std::borrow::Cow;

/// The name of the environment variable for a propagation key.
///
/// It follows [*Key Name Normalization*][specification] in the specification:
///
/// - an empty key becomes `_`;
/// - ASCII letters become upper case;
/// - every character that is not an ASCII letter, digit or `_` becomes one `_`, however many
///   bytes it has;
/// - a name that would start with a digit gets a `_` before it.
///
/// The result [is always normalized](is_normalized). A key that is already normalized is borrowed, and
/// the keys of W3C need no allocation either. Two keys may have the same name (`a-b` and `a.b`): they are
/// one variable.
///
/// ```
/// use opentelemetry_env_carrier::normalize;
///
/// assert_eq!(normalize("traceparent"), "TRACEPARENT");
/// assert_eq!(normalize("x-b3-traceid"), "X_B3_TRACEID");
/// assert_eq!(normalize("1st"), "_1ST");
/// assert_eq!(normalize("größe"), "GR__E");
/// assert_eq!(normalize(""), "_");
/// ```
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/context/env-carriers/#key-name-normalization
#[must_use]
pub fn normalize(key: &str) -> Cow<'_, str> {
    if let Some(index) = w3c_index(key) {
        Cow::Borrowed(W3C[index])
    } else if is_normalized(key) {
        Cow::Borrowed(key)
    } else {
        Cow::Owned(normalized(key))
    }
}

/// Whether [`normalize`] would leave `name` as it is: `^[A-Z_][A-Z0-9_]*$`.
///
/// ```
/// use opentelemetry_env_carrier::is_normalized;
///
/// assert!(is_normalized("X_B3_TRACEID"));
/// assert!(!is_normalized("x_b3_traceid"));
/// assert!(!is_normalized("3D"));
/// assert!(!is_normalized(""));
/// ```
#[must_use]
pub fn is_normalized(name: &str) -> bool {
    !needs_leading_underscore(name)
        && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

/// The variables of W3C trace context and baggage.
pub(crate) const W3C: [&str; 3] = ["TRACEPARENT", "TRACESTATE", "BAGGAGE"];

/// The index in [`W3C`] of the variable for a key, if it is one of W3C. Nearly every call is about these,
/// so they are found without a search, and need no allocation.
#[inline]
pub(crate) fn w3c_index(key: &str) -> Option<usize> {
    match key {
        "traceparent" => Some(0),
        "tracestate" => Some(1),
        "baggage" => Some(2),
        _ => w3c_index_in_any_case(key),
    }
}

// Out of line, so that the comparisons above are inlined where a key is looked up.
#[cold]
fn w3c_index_in_any_case(key: &str) -> Option<usize> {
    W3C.iter().position(|name| name.eq_ignore_ascii_case(key))
}

fn normalized(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 1);
    if needs_leading_underscore(key) {
        name.push('_');
    }
    for character in key.chars() {
        name.push(match character {
            'a'..='z' => character.to_ascii_uppercase(),
            'A'..='Z' | '0'..='9' | '_' => character,
            _ => '_',
        });
    }
    name
}

/// An empty name becomes `_`, and no name starts with a digit.
fn needs_leading_underscore(key: &str) -> bool {
    key.bytes().next().is_none_or(|first| first.is_ascii_digit())
}
