//! A propagation key becomes a variable's name.

use std::borrow::Cow;
use std::ops::Deref;

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
/// The result [is always normalized](is_normalized). A key that is already normalized is borrowed, not
/// copied. Two keys may have the same name (`a-b` and `a.b`): they are one variable.
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
    if is_normalized(key) {
        return Cow::Borrowed(key);
    }
    let mut name = String::with_capacity(key.len() + 1);
    name.extend(normalized(key).map(char::from));
    Cow::Owned(name)
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
    !needs_underscore(name)
        && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

/// The variables of W3C trace context and baggage.
pub(crate) const W3C: [&str; 3] = ["TRACEPARENT", "TRACESTATE", "BAGGAGE"];

/// A variable's name. Those of W3C are known by their place in [`W3C`], because nearly every call is
/// about them: they need no allocation and no search.
pub(crate) enum Name {
    W3c(usize),
    Other(String),
}

impl Name {
    #[inline]
    pub(crate) fn for_key(key: &str) -> Self {
        match key {
            "traceparent" => Self::W3c(0),
            "tracestate" => Self::W3c(1),
            "baggage" => Self::W3c(2),
            _ => Self::normalized(key),
        }
    }

    #[cold]
    fn normalized(key: &str) -> Self {
        let name = normalize(key);
        let place = W3C.iter().position(|known| *known == name);
        place.map_or_else(|| Self::Other(name.into_owned()), Self::W3c)
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::W3c(place) => W3C[*place],
            Self::Other(name) => name,
        }
    }
}

/// `name` as it is, owned, without an allocation for W3C.
pub(crate) fn verbatim(name: &str) -> Cow<'static, str> {
    match name {
        "TRACEPARENT" => Cow::Borrowed("TRACEPARENT"),
        "TRACESTATE" => Cow::Borrowed("TRACESTATE"),
        "BAGGAGE" => Cow::Borrowed("BAGGAGE"),
        _ => Cow::Owned(name.to_owned()),
    }
}

/// The bytes of the name of the variable for `key`.
fn normalized(key: &str) -> impl Iterator<Item = u8> {
    let underscore = needs_underscore(key).then_some(b'_');
    // The bytes that continue a character are skipped, so that each character gives one byte.
    let characters = key.bytes().filter(|byte| !matches!(byte, 0x80..=0xBF));
    underscore.into_iter().chain(characters.map(|byte| match byte {
        b'A'..=b'Z' | b'0'..=b'9' | b'_' => byte,
        b'a'..=b'z' => byte.to_ascii_uppercase(),
        _ => b'_',
    }))
}

fn needs_underscore(key: &str) -> bool {
    key.bytes().next().is_none_or(|first| first.is_ascii_digit())
}
