//! The environments that variables are read from and written to, and what is special about each. That of this
//! process is in `processes/process_environment.rs`.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::process::Command;

use opentelemetry::propagation::{Extractor as _, Injector as _};
use opentelemetry_env_carrier::{EnvCarrier, EnvChanges, ReadEnv, WriteEnv};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const NAMES: [&str; 5] = ["A", "B", "A-B", "3d", "größe"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_environment_behaves_as_a_map_does(
        writes in vec((select(&NAMES), option::of("[^\0]{0,20}")), 0..20),
    ) {
        // Through a reference, as a carrier does it.
        behaves_as_a_map(&mut HashMap::<String, String>::new(), &writes);
        behaves_as_a_map(&mut HashMap::<OsString, OsString>::new(), &writes);
        let with_another_hasher =
            &mut HashMap::<String, String, BuildHasherDefault<DefaultHasher>>::default();
        behaves_as_a_map(with_another_hasher, &writes);
        behaves_as_a_map(&mut BTreeMap::<String, String>::new(), &writes);
        behaves_as_a_map(&mut BTreeMap::<OsString, OsString>::new(), &writes);
        behaves_as_a_map(&mut Vec::<(String, String)>::new(), &writes);
        behaves_as_a_map(&mut Vec::<(OsString, OsString)>::new(), &writes);
        behaves_as_a_map(&mut Command::new("child"), &writes);
        #[cfg(feature = "tokio")]
        behaves_as_a_map(&mut tokio::process::Command::new("child"), &writes);
        #[cfg(feature = "async-process")]
        behaves_as_a_map(&mut async_process::Command::new("child"), &writes);
    }
}

fn behaves_as_a_map(mut env: impl ReadEnv + WriteEnv, writes: &[(&str, Option<String>)]) {
    let mut map: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, value) in writes {
        match value {
            Some(value) => {
                env.set_var(name, value.clone());
                map.insert(name, value);
            }
            None => {
                env.remove_var(name);
                map.remove(name);
            }
        }
        for name in NAMES {
            assert_eq!(env.var(name), map.get(name).copied(), "{name} after {writes:?}");
        }
        let mut names = env.names();
        names.sort_unstable();
        assert_eq!(names, map.keys().copied().collect::<Vec<_>>(), "after {writes:?}");
    }
}

#[test]
fn a_list_keeps_its_order_and_a_variable_that_is_set_is_defined_once() {
    let list = |text: &str| -> Vec<(String, String)> {
        let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let mut env = list("B=1 A=2 B=3 C=4 B=5");
    assert_eq!(env.var("B"), Some("1"), "the first definition wins");
    assert_eq!(EnvCarrier::new(&env).keys(), ["B", "A", "C"], "each once");
    env.set_var("B", "6".to_owned());
    assert_eq!(env, list("B=6 A=2 C=4"));
    env.set_var("D", "7".to_owned());
    assert_eq!(env, list("B=6 A=2 C=4 D=7"));
    env.remove_var("A");
    assert_eq!(env, list("B=6 C=4 D=7"));
}

#[test]
fn a_command_shows_what_was_set_on_it_explicitly() {
    let mut command = Command::new("child");
    command.env("SET", "value").env_remove("PATH");
    assert_eq!(command.var("SET"), Some("value"));
    assert_eq!(command.var("PATH"), None, "removed, and would have been inherited");
    assert_eq!(command.names(), ["SET"]);
}

#[test]
fn changes_are_in_order_and_each_name_occurs_once() {
    let mut changes = EnvChanges::new();
    assert_eq!((changes.is_empty(), changes.len(), changes.iter().count()), (true, 0, 0));
    for name in ["SECOND", "FIRST", "BAGGAGE", "D", "E", "TRACEPARENT"] {
        changes.remove_var(name);
    }
    assert_eq!((changes.is_empty(), changes.len()), (false, 6));
    let before = changes.clone();
    assert_eq!(changes, before);
    changes.set_var("E", String::new());
    changes.set_var("FIRST", "replaced".to_owned());
    EnvCarrier::new(&mut changes).set("first", "new".to_owned());
    EnvCarrier::new(&mut changes).set("baggage", "secret\0".to_owned());
    changes.set_var("D", "secret".to_owned());
    changes.remove_var("D");
    assert_ne!(changes, before);

    let expected = [
        ("TRACEPARENT", None),
        ("BAGGAGE", Some("secret\0")),
        ("SECOND", None),
        ("FIRST", Some("new")),
        ("D", None),
        ("E", Some("")),
    ];
    assert_eq!(changes.iter().collect::<Vec<_>>(), expected);
    assert_eq!((&changes).into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(changes.clone().into_iter().size_hint(), (6, Some(6)));
    let owned = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
    assert_eq!(changes.into_iter().collect::<Vec<_>>(), owned);
}

#[test]
fn debug_output_shows_no_value() {
    let mut changes = EnvChanges::new();
    changes.set_var("BAGGAGE", "secret".to_owned());
    changes.set_var("OTHER", "secret".to_owned());
    changes.remove_var("TRACEPARENT");
    let debug = r#"EnvChanges { set: ["BAGGAGE", "OTHER"], unset: ["TRACEPARENT"] }"#;
    assert_eq!(format!("{changes:?}"), debug);
    assert_eq!(format!("{:?}", (&changes).into_iter()), "EnvChangesIter { .. }");
    assert_eq!(format!("{:?}", changes.into_iter()), "EnvChangesIter { .. }");
    let env = HashMap::from([("BAGGAGE".to_owned(), "secret".to_owned())]);
    assert_eq!(format!("{:?}", EnvCarrier::new(env)), "EnvCarrier { .. }");
}

#[cfg(unix)]
#[test]
fn what_is_not_unicode_in_a_collection_is_not_visible() {
    use std::os::unix::ffi::OsStringExt as _;

    fn check(env: impl ReadEnv) {
        assert_eq!((env.var("A"), env.var("B")), (None, Some("2")));
        let mut names = env.names();
        names.sort_unstable();
        assert_eq!(names, ["A", "B"]);
    }
    let broken = || OsString::from_vec(b"\xFF".to_vec());
    let list = [(broken(), "1".into()), ("A".into(), broken()), ("B".into(), "2".into())];
    check(BTreeMap::from(list.clone()));
    check(HashMap::from(list.clone()));
    check(Vec::from(list));
}

#[cfg(windows)]
#[test]
fn a_command_finds_what_was_set_on_it_in_another_case() {
    let mut command = Command::new("child");
    command.env("traceparent", "value");
    assert_eq!(command.var("TRACEPARENT"), Some("value"));
}

#[cfg(windows)]
#[test]
fn in_a_collection_a_name_in_another_case_is_replaced_or_removed() {
    fn check(mut env: impl ReadEnv + WriteEnv) {
        env.set_var("TRACEPARENT", "new".to_owned());
        env.remove_var("BAGGAGE");
        let mut names = env.names();
        names.sort_unstable();
        assert_eq!(names, ["OTHER", "TRACEPARENT"]);
        assert_eq!(env.var("TRACEPARENT"), Some("new"));
    }
    let stale = ["baggage", "traceparent", "OTHER"].map(|name| (name.to_owned(), String::new()));
    check(BTreeMap::from(stale.clone()));
    check(HashMap::from(stale.clone()));
    check(Vec::from(stale));
}
