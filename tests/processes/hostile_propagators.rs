//! Propagators that write what no environment can hold, under keys that no variable can have: the
//! child is spawned anyway, and receives the rest.

use std::io::ErrorKind;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_env_carrier::{EnvCarrier, WithTraceContext as _};

use crate::fixtures::propagators::Scripted;
use crate::fixtures::roles::{self, NO_VARIABLES, Test, lines, test};

struct Case {
    name: &'static str,
    fields: &'static [&'static str],
    writes: &'static [(&'static str, &'static str)],
    inherited: &'static [(&'static str, &'static str)],
    received: &'static [(&'static str, &'static str)],
}

const STALE: &[(&str, &str)] = &[("FIRST", "stale"), ("SECOND", "stale"), ("THIRD", "stale")];
const FIELDS: &[&str] = &["first", "second", "third"];
/// One byte too many for `FIRST=…` with its terminator, on Linux and on Windows.
const TOO_LONG: &str = "to be put in place: longer than the platform allows";
const LONGEST: &str = "to be put in place: as long as the platform allows";
const LONGEST_TWO_BYTES: &str =
    "to be put in place: as long as the platform allows, of two bytes each";
const LONG_KEY: &str = "to be put in place: a key of 10,000 characters";
const LONG_NAME: &str = "to be put in place: its name";

const CASES: &[Case] = &[
    Case {
        name: "a value with NUL bytes is skipped, and what it would have replaced is unset",
        fields: FIELDS,
        writes: &[("first", "a\0b\0c"), ("second", "new")],
        inherited: STALE,
        received: &[("SECOND", "new")],
    },
    Case {
        name: "nothing but a value with a NUL byte leaves nothing stale",
        fields: FIELDS,
        writes: &[("first", "\0")],
        inherited: STALE,
        received: &[],
    },
    Case {
        name: "a value that is longer than the platform allows is skipped",
        fields: FIELDS,
        writes: &[("first", TOO_LONG), ("second", "new")],
        inherited: STALE,
        received: &[("SECOND", "new")],
    },
    Case {
        name: "a value that is as long as the platform allows arrives",
        fields: FIELDS,
        writes: &[("first", LONGEST)],
        inherited: STALE,
        received: &[("FIRST", LONGEST)],
    },
    Case {
        name: "a value of characters that take two bytes, or one UTF-16 unit, arrives",
        fields: FIELDS,
        writes: &[("first", LONGEST_TWO_BYTES)],
        inherited: STALE,
        received: &[("FIRST", LONGEST_TWO_BYTES)],
    },
    Case {
        name: "an empty value is not written, and what it would have replaced is unset",
        fields: FIELDS,
        writes: &[("first", "new"), ("second", "")],
        inherited: STALE,
        received: &[("FIRST", "new")],
    },
    Case {
        name: "nothing but an empty value leaves nothing stale",
        fields: FIELDS,
        writes: &[("first", "")],
        inherited: STALE,
        received: &[],
    },
    Case {
        name: "a propagator that writes nothing changes nothing",
        fields: FIELDS,
        writes: &[],
        inherited: STALE,
        received: STALE,
    },
    Case {
        name: "a key that is not declared is written, and the declared ones are unset",
        fields: FIELDS,
        writes: &[("fourth", "new")],
        inherited: STALE,
        received: &[("FOURTH", "new")],
    },
    Case {
        name: "odd keys become names that every platform allows",
        fields: &["=", "größe", "a\0b", "1st", "x=y"],
        writes: &[("=", "equals"), ("größe", "multi-byte"), ("a\0b", "NUL"), ("1st", "digit")],
        inherited: &[("X_Y", "stale")],
        received: &[("A_B", "NUL"), ("GR__E", "multi-byte"), ("_", "equals"), ("_1ST", "digit")],
    },
    Case {
        name: "an empty key and an equals sign are one variable, and the last wins",
        fields: &["", "="],
        writes: &[("", "first"), ("=", "last")],
        inherited: &[("_", "stale")],
        received: &[("_", "last")],
    },
    Case {
        name: "a key of 10,000 characters is a name of as many",
        fields: &[],
        writes: &[(LONG_KEY, "new")],
        inherited: &[],
        received: &[(LONG_NAME, "new")],
    },
    Case {
        name: "two keys with one name are one variable, and the last wins",
        fields: &["a-b", "a.b"],
        writes: &[("a-b", "first"), ("a.b", "last")],
        inherited: &[("A_B", "stale")],
        received: &[("A_B", "last")],
    },
    Case {
        name: "of two keys with one name an empty last one wins, too",
        fields: &["a-b", "a.b"],
        writes: &[("a-b", "first"), ("a.b", "")],
        inherited: &[("A_B", "stale")],
        received: &[],
    },
    Case {
        name: "a field is not stale if another key with its name was written",
        fields: &["a-b", "a.b"],
        writes: &[("a-b", "new")],
        inherited: &[("A_B", "stale")],
        received: &[("A_B", "new")],
    },
    Case {
        name: "a well-known field is not stale if it was written in another case",
        fields: &["traceparent", "baggage"],
        writes: &[("TraceParent", "new")],
        inherited: &[("TRACEPARENT", "stale"), ("BAGGAGE", "stale")],
        received: &[("TRACEPARENT", "new")],
    },
];

pub(crate) fn tests() -> Vec<Test> {
    let of_helper = |case: &'static Case| {
        let received = case.received.iter().map(|(name, value)| (in_place(name), in_place(value)));
        let inherited = case.inherited.iter().copied();
        test(case.name, inherited, || inject_with_helper(case), lines(received.collect()))
    };
    let alone = "a carrier alone validates nothing, and a NUL byte prevents the spawn";
    let of_carrier = test(alone, NO_VARIABLES, || inject_with_carrier(&CASES[0]), "");
    CASES.iter().map(of_helper).chain([of_carrier]).collect()
}

fn inject_with_helper(case: &Case) {
    let mut child = roles::command("show its environment", "");
    child.with_trace_context_using(&case.propagator(), &Context::new());
    assert!(child.status().unwrap().success());
}

fn inject_with_carrier(case: &Case) {
    let mut child = roles::command("show its environment", "");
    case.propagator().inject_context(&Context::new(), &mut EnvCarrier::new(&mut child));
    assert_eq!(child.status().unwrap_err().kind(), ErrorKind::InvalidInput);
}

impl Case {
    fn propagator(&self) -> Scripted {
        let writes = self.writes.iter().map(|(key, value)| (in_place(key), in_place(value)));
        Scripted {
            fields: self.fields.iter().map(|field| in_place(field)).collect(),
            writes: writes.collect(),
        }
    }
}

fn in_place(text: &str) -> String {
    let longest = if cfg!(windows) { 32_767 } else { 128 * 1024 };
    match text {
        LONGEST => "x".repeat(longest - "FIRST=\0".len()),
        TOO_LONG => in_place(LONGEST) + "x",
        LONGEST_TWO_BYTES => {
            let bytes_per_unit = if cfg!(windows) { 1 } else { 2 };
            "é".repeat((longest - "FIRST=\0".len()) / bytes_per_unit)
        }
        LONG_KEY => "-k".repeat(5_000),
        LONG_NAME => "_K".repeat(5_000),
        text => text.to_owned(),
    }
}
