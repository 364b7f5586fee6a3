//! What is special on Windows: the system's lookup ignores case.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::process::Command;

use libtest_mimic::Trial;
use opentelemetry::propagation::Extractor as _;
use opentelemetry_env_carrier::{EnvCarrier, ReadEnv as _, WithTraceContext as _};

use crate::fixtures::contexts::{ALL, CASES, SPAN, TRACEPARENT};
use crate::fixtures::roles::{self, Role, Test, lines, show_parent, test};

pub(crate) const ROLES: &[Role] =
    &[("child that shows any case", |_| show_context_in_upper_case())];

pub(crate) fn tests() -> Vec<Test> {
    let lower_case = || [("traceparent", TRACEPARENT)];
    let stale = [("traceparent", "stale"), ("tracestate", "stale"), ("baggage", "stale")];
    vec![
        test(
            "a lower-case name is found, and not listed",
            lower_case(),
            is_found_but_not_listed,
            "",
        ),
        test(
            "a lower-case name is read by the helpers",
            lower_case(),
            show_parent,
            format!("{SPAN}\nOk(Some({SPAN}))\n"),
        ),
        test(
            "a stale lower-case name is replaced, or removed",
            stale,
            || {
                let mut child = roles::command("child that shows any case", "");
                assert!(child.with_trace_context_from(&(ALL.cx)()).status().unwrap().success());
            },
            lines(ALL.written.iter().copied().collect()),
        ),
        Trial::test("in a collection a stale lower-case name is replaced, or removed", || {
            replace_in_collections();
            Ok(())
        })
        .into(),
        Trial::test("a command finds what was set on it in another case", || {
            let mut command = Command::new("child");
            command.env("traceparent", "value");
            assert_eq!(command.var("TRACEPARENT"), Some("value"));
            Ok(())
        })
        .into(),
    ]
}

fn replace_in_collections() {
    let inherited = [("baggage", "stale"), ("traceparent", "stale"), ("OTHER", "stays")];
    let inherited = inherited.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut list = Vec::from(inherited.clone());
    let mut sorted = BTreeMap::from(inherited.clone());
    let mut map = HashMap::from(inherited);
    let case = CASES.iter().find(|case| case.name == "a span and tracestate").unwrap();
    list.with_trace_context_from(&(case.cx)()).sort();
    sorted.with_trace_context_from(&(case.cx)());
    map.with_trace_context_from(&(case.cx)());

    let mut expected = BTreeMap::from([("OTHER".to_owned(), "stays".to_owned())]);
    let written = case.written.iter();
    expected.extend(written.map(|(name, value)| (name.to_string(), value.to_string())));
    assert_eq!(list, expected.clone().into_iter().collect::<Vec<_>>());
    assert_eq!(map, expected.clone().into_iter().collect());
    assert_eq!(sorted, expected);
}

fn show_context_in_upper_case() {
    let is_context =
        |name: &str| ALL.written.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let context = env::vars().filter(|(name, _)| is_context(name));
    print!("{}", lines(context.map(|(name, value)| (name.to_uppercase(), value)).collect()));
}

fn is_found_but_not_listed() {
    let carrier = EnvCarrier::from_env();
    assert_eq!(carrier.get("traceparent"), Some(TRACEPARENT));
    let is_listed = |key: &&str| key.eq_ignore_ascii_case("traceparent");
    assert_eq!(carrier.keys().iter().filter(|key| is_listed(key)).count(), 0);
}
