//! A propagation key becomes a variable's name, without an allocation on the way.

use std::borrow::Cow;
use std::ops::Deref;
use std::str::from_utf8;

/// The name of the environment variable that stands for a propagation key.
///
/// It follows [*Key Name Normalization*][specification] in the specification:
///
/// - an empty key becomes `_`;
/// - ASCII letters become upper case;
/// - every character that is not an ASCII letter, digit or `_` becomes one `_`, however many
///   bytes it has;
/// - a name that would start with a digit gets a `_` before it.
///
/// Whatever goes in, what comes out [is normalized](is_normalized). A key that is normalized
/// already is lent, not copied. Two keys may have the same name (`a-b` and `a.b`): they are one
/// variable.
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

/// The keys that nearly everybody uses, and their names.
pub(crate) const W3C: [[&str; 2]; 3] =
    [["traceparent", "TRACEPARENT"], ["tracestate", "TRACESTATE"], ["baggage", "BAGGAGE"]];

/// A variable's name that owns its text without an allocation, unless it is unusually long.
pub(crate) enum Name {
    /// The place of the name in [`W3C`]: these are normalized and kept at next to no cost.
    W3c(usize),
    /// The text with zeros behind it, and its length.
    Short([u8; Name::ROOM], u8),
    Long(Box<str>),
}

impl Name {
    /// The longest key of a published propagator, `x-datadog-sampling-priority`, has 27 bytes.
    const ROOM: usize = 30;

    /// The name of the variable for `key`.
    pub(crate) fn normalized(key: &str) -> Self {
        match W3C.iter().position(|known| known.contains(&key)) {
            Some(place) => Self::W3c(place),
            // With the underscore that it may need, the name is one byte longer than the key.
            None if key.len() < Self::ROOM => Self::short(normalized(key)),
            None => Self::Long(normalize(key).into()),
        }
    }

    /// `name` as it stands.
    pub(crate) fn verbatim(name: &str) -> Self {
        match W3C.iter().position(|[_, known]| *known == name) {
            Some(place) => Self::W3c(place),
            None if name.len() <= Self::ROOM => Self::short(name.bytes()),
            None => Self::Long(name.into()),
        }
    }

    fn short(bytes: impl Iterator<Item = u8>) -> Self {
        let (mut text, mut length) = ([0; Self::ROOM], 0);
        for (place, byte) in text.iter_mut().zip(bytes) {
            *place = byte;
            length += 1;
        }
        Self::Short(text, length)
    }
}

/// By text: how it is stored depends on the key that it was made from.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::W3c(place) => W3C[*place][1],
            // The bytes are a whole text, so the default is never needed; it spares a panic.
            Self::Short(text, length) => {
                from_utf8(&text[..usize::from(*length)]).unwrap_or_default()
            }
            Self::Long(text) => text,
        }
    }
}

/// The bytes of the name of the variable for `key`.
fn normalized(key: &str) -> impl Iterator<Item = u8> {
    let underscore = needs_underscore(key).then_some(b'_');
    // The bytes that continue a character are passed over, so that each character gives one byte.
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
