//! What is special on Windows: the system's lookup ignores case.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::process::Command;

use libtest_mimic::Trial;
use opentelemetry::propagation::Extractor as _;
use opentelemetry_env_carrier::{EnvCarrier, ReadEnv as _, WithTraceContext as _};

use crate::fixtures::contexts::{ALL, CASES, SPAN, TRACEPARENT};
use crate::fixtures::roles::{self, Role};

pub(crate) const ROLES: &[Role] = &[
    ("child with a lower-case name", |_| finds_it_but_does_not_list_it()),
    ("parent with lower-case names", |_| {
        let mut child = roles::command("child that shows any case", "");
        assert!(child.with_trace_context_from(&(ALL.cx)()).status().unwrap().success());
    }),
    ("child that shows any case", |_| {
        let context =
            |name: &str| ALL.written.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut lines: Vec<String> = env::vars()
            .filter(|(name, _)| context(name))
            .map(|(name, value)| format!("{}={value}", name.to_uppercase()))
            .collect();
        lines.sort();
        lines.iter().for_each(|line| println!("{line}"));
    }),
];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        Trial::test("a lower-case name is found, and not listed", || {
            let mut child = roles::command("child with a lower-case name", "");
            roles::same(&roles::output(child.env_clear().env("traceparent", TRACEPARENT))?, "")
        }),
        Trial::test("a lower-case name is read by the helpers", || {
            let mut child = roles::command("child", "");
            let read = roles::output(child.env_clear().env("traceparent", TRACEPARENT))?;
            roles::same(&read, &format!("{SPAN}\nOk(Some({SPAN}))\n"))
        }),
        Trial::test("a stale lower-case name is replaced, or removed", || {
            let stale = [("traceparent", "stale"), ("tracestate", "stale"), ("baggage", "stale")];
            let mut parent = roles::command("parent with lower-case names", "");
            let received = roles::output(parent.env_clear().envs(stale))?;
            let expected = ALL.written.iter().map(|(name, value)| format!("{name}={value}\n"));
            roles::same(&received, &expected.collect::<String>())
        }),
        Trial::test("in a collection a stale lower-case name is replaced, or removed", || {
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
            Ok(())
        }),
        Trial::test("a command finds what was set on it in another case", || {
            let mut command = Command::new("child");
            command.env("traceparent", "value");
            assert_eq!(command.var("TRACEPARENT"), Some("value"));
            Ok(())
        }),
    ]
}

fn finds_it_but_does_not_list_it() {
    let carrier = EnvCarrier::from_env();
    assert_eq!(carrier.get("traceparent"), Some(TRACEPARENT));
    let is_listed = |key: &&str| key.eq_ignore_ascii_case("traceparent");
    assert_eq!(carrier.keys().iter().filter(|key| is_listed(key)).count(), 0);
}
