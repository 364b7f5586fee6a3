//! The carrier alone, over each environment that can be written and read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::process::{Child, Command};

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry_env_carrier::{
    ChildInSpan, ChildSpan, ChildSpanBuilder, CommandInSpan, EnvCarrier, EnvChanges,
    EnvChangesIter, ExtractError, MainSpanBuilder, ProcessEnv, ReadEnv, WithTraceContext, WriteEnv,
    normalize,
};

/// Runs a check over each environment.
macro_rules! over_each_environment {
    ($check:ident) => {
        $check(HashMap::<String, String>::new());
        $check(HashMap::<String, String, BuildHasherDefault<DefaultHasher>>::default());
        $check(HashMap::<OsString, OsString>::new());
        $check(BTreeMap::<String, String>::new());
        $check(BTreeMap::<OsString, OsString>::new());
        $check(Vec::<(String, String)>::new());
        $check(Vec::<(OsString, OsString)>::new());
        $check(Command::new("child"));
        #[cfg(feature = "tokio")]
        $check(tokio::process::Command::new("child"));
        #[cfg(feature = "async-process")]
        $check(async_process::Command::new("child"));
    };
}

#[test]
fn a_value_is_written_under_the_normalized_name_and_read_under_any_key_for_it() {
    fn check<E: ReadEnv + WriteEnv>(mut env: E) {
        let mut carrier = EnvCarrier::new(&mut env);
        carrier.set("x-b3-traceid", "value".to_owned());
        assert_eq!(env.names(), ["X_B3_TRACEID"]);
        assert_eq!(env.var("X_B3_TRACEID"), Some("value"));
        assert_eq!(env.var("x-b3-traceid"), None);

        let carrier = EnvCarrier::new(&env);
        for key in ["x-b3-traceid", "X-B3-TraceId", "X_B3_TRACEID", "x.b3.traceid"] {
            assert_eq!(carrier.get(key), Some("value"), "{key}");
        }
        assert_eq!(carrier.get("x-b3"), None);
    }
    over_each_environment!(check);
}

#[test]
fn a_key_that_is_normalized_or_of_w3c_is_not_copied() {
    for key in ["X_B3_TRACEID", "TRACEPARENT", "traceparent", "tracestate", "TraceState", "baggage"]
    {
        assert!(matches!(normalize(key), Cow::Borrowed(_)), "{key}");
    }
    assert!(matches!(normalize("x-b3-traceid"), Cow::Owned(_)));
}

#[test]
fn values_are_opaque_and_an_empty_one_is_written_as_it_is() {
    fn check<E: ReadEnv + WriteEnv>(mut env: E) {
        for value in ["", " ", "=", "a=b", "größe", "line\nbreak", "00-malformed"] {
            EnvCarrier::new(&mut env).set("key", value.to_owned());
            assert_eq!(EnvCarrier::new(&env).get("key"), Some(value));
        }
    }
    over_each_environment!(check);
}

#[test]
fn keys_are_only_the_normalized_names() {
    fn check<E: ReadEnv + WriteEnv>(mut env: E) {
        for name in ["B", "lower", "A", "3D", "A-B", "größe"] {
            env.set_var(name, String::new());
        }
        let carrier = EnvCarrier::new(env);
        let mut keys = carrier.keys();
        keys.sort_unstable();
        assert_eq!(keys, ["A", "B"]);
    }
    over_each_environment!(check);
}

#[test]
fn a_variable_that_is_not_normalized_is_never_read() {
    fn check<E: ReadEnv + WriteEnv>(mut env: E) {
        env.set_var("x-b3-traceid", "value".to_owned());
        assert_eq!(EnvCarrier::new(&env).get("x-b3-traceid"), None);
        EnvCarrier::new(&mut env).set("x-b3-traceid", "normalized".to_owned());
        assert_eq!(env.var("x-b3-traceid"), Some("value"), "nor written");
    }
    over_each_environment!(check);
}

#[test]
fn a_removed_variable_is_not_there() {
    fn check<E: ReadEnv + WriteEnv>(mut env: E) {
        env.set_var("KEY", "value".to_owned());
        env.set_var("OTHER", "value".to_owned());
        env.set_var("ANOTHER", "value".to_owned());
        env.remove_var("KEY");
        env.remove_var("KEY");
        WriteEnv::remove_var(&mut &mut env, "ANOTHER");
        assert_eq!((env.var("KEY"), env.names()), (None, vec!["OTHER"]));
    }
    over_each_environment!(check);
}

#[test]
fn a_list_keeps_its_order_and_each_name_is_in_it_once() {
    let list = |text: &str| -> Vec<(String, String)> {
        let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let mut env = list("B=1 A=2 B=3 C=4 B=5");
    assert_eq!(env.var("B"), Some("1"), "the first wins");
    assert_eq!(EnvCarrier::new(&env).keys(), ["B", "A", "C"]);
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
    let debug =
        r#"EnvChanges { set: ["BAGGAGE", "FIRST", "E"], unset: ["TRACEPARENT", "SECOND", "D"] }"#;
    assert_eq!(format!("{changes:?}"), debug);
    assert_eq!((&changes).into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(changes.clone().into_iter().size_hint(), (6, Some(6)));
    assert_eq!(format!("{:?}", changes.clone().into_iter()), "EnvChangesIter { .. }");
    let owned = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
    assert_eq!(changes.into_iter().collect::<Vec<_>>(), owned);
}

#[test]
fn a_carrier_gives_its_environment_back() {
    let mut carrier = EnvCarrier::new(Vec::<(String, String)>::new());
    carrier.set("key", "value".to_owned());
    assert_eq!(carrier.into_inner(), [("KEY".to_owned(), "value".to_owned())]);
}

#[test]
fn the_whole_environment_as_the_system_has_it_is_an_environment() {
    let mut env: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let count = env.len();
    env.set_var("NO_SUCH_VARIABLE", "value".to_owned());
    assert_eq!((env.len(), env.var("NO_SUCH_VARIABLE")), (count + 1, Some("value")));
    let env: HashMap<OsString, OsString> = env.into_iter().collect();
    assert_eq!(EnvCarrier::new(&env).get("no-such-variable"), Some("value"));
}

#[cfg(unix)]
#[test]
fn what_is_not_unicode_in_a_collection_is_not_visible() {
    use std::os::unix::ffi::OsStringExt as _;
    let broken = || OsString::from_vec(b"\xFF".to_vec());
    let list = vec![(broken(), "1".into()), ("A".into(), broken()), ("B".into(), "2".into())];
    fn check(env: impl ReadEnv) {
        assert_eq!((env.var("A"), env.var("B")), (None, Some("2")));
        let mut names = env.names();
        names.sort_unstable();
        assert_eq!(names, ["A", "B"]);
    }
    check(list.iter().cloned().collect::<BTreeMap<OsString, OsString>>());
    check(list.iter().cloned().collect::<HashMap<OsString, OsString>>());
    check(list);
}

#[test]
fn debug_output_shows_no_value() {
    let env = HashMap::from([("BAGGAGE".to_owned(), "secret".to_owned())]);
    assert_eq!(format!("{:?}", EnvCarrier::new(env)), "EnvCarrier { .. }");
}

#[test]
fn the_types_go_where_propagators_and_threads_want_them() {
    fn is_send<T: Send>() {}
    is_send::<ChildSpanBuilder<'_>>();
    is_send::<CommandInSpan<'_, Command>>();
    is_send::<MainSpanBuilder<'_>>();

    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<ChildInSpan<Child>>();
    is_send_and_sync::<ChildSpan>();
    is_send_and_sync::<EnvCarrier>();
    is_send_and_sync::<EnvChanges>();
    is_send_and_sync::<EnvChangesIter<(String, Option<String>)>>();
    is_send_and_sync::<ExtractError>();
    is_send_and_sync::<ProcessEnv>();
    is_send_and_sync::<EnvCarrier<Vec<(String, String)>>>();
    is_send_and_sync::<EnvCarrier<&mut Command>>();

    fn is_injector<T: Injector>() {}
    is_injector::<EnvCarrier<&mut Command>>();
    fn is_extractor<T: Extractor>() {}
    is_extractor::<EnvCarrier<&mut Command>>();
}

#[test]
fn every_environment_that_can_be_written_takes_a_trace_context() {
    fn takes_a_trace_context<T: WithTraceContext + ?Sized>() {}
    takes_a_trace_context::<Command>();
    takes_a_trace_context::<&mut Command>();
    takes_a_trace_context::<HashMap<String, String>>();
    takes_a_trace_context::<BTreeMap<String, String>>();
    takes_a_trace_context::<Vec<(String, String)>>();
    takes_a_trace_context::<Vec<(OsString, OsString)>>();
    takes_a_trace_context::<EnvChanges>();
    takes_a_trace_context::<dyn WriteEnv>();
    #[cfg(feature = "tokio")]
    takes_a_trace_context::<tokio::process::Command>();
    #[cfg(feature = "async-process")]
    takes_a_trace_context::<async_process::Command>();
}
