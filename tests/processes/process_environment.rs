//! The environment of a process, as a carrier over it sees it.

use std::sync::Barrier;
use std::thread;

use opentelemetry::propagation::Extractor as _;
use opentelemetry_env_carrier::{
    EnvCarrier, ProcessEnv, ReadEnv as _, extract_parent_context_using,
};

use crate::fixtures::process::in_process;
use crate::fixtures::propagators::Scripted;
use crate::fixtures::shown::is_of_the_system;

#[test]
fn a_carrier_reads_normalized_names_and_no_others() {
    let variables = [
        ("X_B3_TRACEID", "normalized"),
        ("x-b3-spanid", "not normalized"),
        ("lower", "not normalized"),
        ("3D", "not normalized"),
        ("EMPTY", ""),
    ];
    in_process(variables, "", || {
        let carrier = EnvCarrier::from_env();
        assert_eq!(carrier.get("x-b3-traceid"), Some("normalized"));
        assert_eq!(carrier.get("X.B3.TraceId"), Some("normalized"));
        assert_eq!(carrier.get("empty"), Some(""), "an empty value is a value");
        assert_eq!(carrier.get("3d"), None);
        if !cfg!(windows) {
            assert_eq!(carrier.get("lower"), None);
        }
        assert_eq!(carrier.get("x-b3-spanid"), None);
        let mut keys = carrier.keys();
        keys.retain(|key| !is_of_the_system(key));
        assert_eq!(keys, ["EMPTY", "X_B3_TRACEID"]);
    });
}

#[test]
fn a_lookup_is_the_same_before_and_after_all_names_were_read() {
    in_process([("A", "B=C"), ("EMPTY", "")], "", || {
        let (before, after) = (ProcessEnv::new(), ProcessEnv::new());
        after.names();
        for env in [&before, &after] {
            assert_eq!(env.var("A"), Some("B=C"));
            assert_eq!(env.var("A=B"), None, "which is no name");
            assert_eq!(env.var("EMPTY"), Some(""));
            assert_eq!(env.var("MISSING"), None);
            assert_eq!(env.names().iter().filter(|name| **name == "A").count(), 1);
        }
    });
}

#[test]
fn every_variable_is_looked_up_once_and_never_moves() {
    in_process(numbered(40), "", || {
        let env = ProcessEnv::new();
        let ask = || numbered(40).map(|(name, _)| env.var(&name).unwrap()).collect::<Vec<_>>();
        let first = ask();
        assert_eq!(first, numbered(40).map(|(_, value)| value).collect::<Vec<_>>());
        for (before, after) in first.into_iter().zip(ask()) {
            assert_eq!(before.as_ptr(), after.as_ptr());
        }
    });
}

#[test]
fn several_threads_read_the_same_of_one_process_environment() {
    in_process(numbered(40), "", || {
        for _ in 0..100 {
            let env = ProcessEnv::new();
            let barrier = Barrier::new(8);
            thread::scope(|scope| {
                for thread in 0..8 {
                    let (env, barrier) = (&env, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        // Each begins elsewhere, so that they meet at every variable.
                        for (name, value) in numbered(40).cycle().skip(thread * 5).take(40) {
                            assert_eq!(env.var(&name), Some(&*value));
                            assert_eq!(env.var(&format!("MISSING_{name}")), None);
                        }
                        assert!(env.names().contains(&"NUMBER_0"));
                    });
                }
            });
        }
    });
}

/// Where a lookup took time in proportion to those before, this would take minutes.
#[test]
fn a_propagator_may_ask_for_very_many_variables_on_a_small_stack() {
    /// About as many as an environment can hold on Linux, and few where a process takes long to start.
    const COUNT: usize = if cfg!(target_os = "linux") {
        60_000
    } else if cfg!(windows) {
        500
    } else {
        20_000
    };

    in_process(numbered(COUNT), "", || {
        let propagator = Scripted::new(&[], &[]).with_extract(|cx, extractor| {
            let keys = extractor.keys();
            assert_eq!(keys.iter().filter(|key| key.starts_with("NUMBER_")).count(), COUNT);
            for (name, value) in numbered(COUNT) {
                assert_eq!(extractor.get(&name), Some(&*value));
            }
            cx.clone()
        });
        let extract = move || drop(extract_parent_context_using(&propagator));
        thread::Builder::new().stack_size(2 << 20).spawn(extract).unwrap().join().unwrap();
    });
}

#[test]
fn debug_output_shows_what_was_asked_for_by_name_and_no_value() {
    let secrets = (0..12).map(|number| (format!("NUMBER_{number}"), "secret"));
    in_process(secrets, "", || {
        let env = ProcessEnv::new();
        assert_eq!(format!("{env:?}"), "ProcessEnv { asked_for: [], .. }");
        env.var("NUMBER_1");
        env.var("MISSING");
        let debug = r#"ProcessEnv { asked_for: ["NUMBER_1", "MISSING"], .. }"#;
        assert_eq!(format!("{env:?}"), debug);
        // More than are kept in place.
        for number in 0..10 {
            env.var(&format!("NUMBER_{number}"));
        }
        let debug = format!("{env:?}");
        assert_eq!(debug.matches("NUMBER_").count(), 10, "{debug}");
        assert!(!debug.contains("secret"), "{debug}");
    });
}

#[cfg(unix)]
#[test]
fn of_a_variable_that_is_defined_twice_the_first_definition_wins() {
    let mut entries = vec!["TWICE=first".to_owned(), "TWICE=second".to_owned()];
    entries.extend(numbered(8).map(|(name, value)| format!("{name}={value}")));
    in_process_with_entries(&entries, || {
        assert_eq!(ProcessEnv::new().var("TWICE"), Some("first"));
        let env = ProcessEnv::new();
        for (name, value) in numbered(8) {
            assert_eq!(env.var(&name), Some(&*value));
        }
        assert_eq!(env.var("TWICE"), Some("first"), "beyond those that are kept in place, too");
        assert_eq!(env.names().iter().filter(|name| **name == "TWICE").count(), 1);
    });
}

#[cfg(unix)]
#[test]
fn malformed_entries_are_not_visible() {
    let entries: [&[u8]; 8] = [
        b"=no name",
        b"no equals sign",
        b"",
        b"==",
        b"\xFF=not Unicode",
        b"N\xFFME=not Unicode",
        b"NOT_UNICODE=\xFF",
        b"NAME=value",
    ];
    in_process_with_entries(&entries, || {
        let carrier = EnvCarrier::from_env();
        assert_eq!(carrier.keys(), ["NAME", "NOT_UNICODE"]);
        assert_eq!(carrier.get("name"), Some("value"));
        assert_eq!(carrier.get("not-unicode"), None);
        // To std, as to glibc, an equals sign may begin a name.
        assert_eq!(ProcessEnv::new().names(), ["=", "NAME", "NOT_UNICODE"]);
    });
}

fn numbered(count: usize) -> impl Iterator<Item = (String, String)> + Clone {
    (0..count).map(|number| (format!("NUMBER_{number}"), number.to_string()))
}

/// Runs a part of a test in a process whose environment is just these entries, to the letter: a `Command`
/// defines each variable once.
#[cfg(unix)]
#[track_caller]
fn in_process_with_entries(entries: &[impl AsRef<[u8]>], part: impl FnOnce()) {
    use std::ffi::{CString, OsStr};
    use std::iter;
    use std::os::unix::ffi::OsStrExt as _;

    use nix::unistd::execve;

    use crate::fixtures::process::{NO_VARIABLES, process};

    let command = process(part);
    in_process(NO_VARIABLES, "", || {
        let c_string = |text: &OsStr| CString::new(text.as_bytes()).unwrap();
        let program = c_string(command.get_program());
        let arguments: Vec<CString> =
            iter::once(command.get_program()).chain(command.get_args()).map(c_string).collect();
        let entries: Vec<CString> =
            entries.iter().map(|entry| CString::new(entry.as_ref()).unwrap()).collect();
        let Err(error) = execve(&program, &arguments, &entries);
        panic!("{error}");
    });
}
