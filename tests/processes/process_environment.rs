//! The environment of a process, as a carrier over it sees it.

use std::sync::Barrier;
use std::thread;

#[cfg(unix)]
use libtest_mimic::Trial;
use opentelemetry::propagation::Extractor as _;
use opentelemetry_env_carrier::{EnvCarrier, ProcessEnv, ReadEnv as _};

#[cfg(unix)]
use crate::fixtures::roles;
use crate::fixtures::roles::{Role, Test, is_of_the_system, test};

pub(crate) const ROLES: &[Role] = &[
    #[cfg(unix)]
    ("reads the first", |_| reads_the_first()),
    #[cfg(unix)]
    ("exec", exec),
];

pub(crate) fn tests() -> Vec<Test> {
    let many = || (1..40).map(|length| ("N".repeat(length), format!("value {length}")));
    vec![
        test(
            "a carrier reads normalized names and no others",
            [
                ("X_B3_TRACEID", "normalized"),
                ("x-b3-spanid", "not normalized"),
                ("lower", "not normalized"),
                ("3D", "not normalized"),
                ("EMPTY", ""),
            ],
            reads_normalized_names,
            "",
        ),
        test(
            "a process environment keeps all variables that were asked for",
            many(),
            asks_for_many,
            "",
        ),
        test(
            "several threads read the same of one process environment",
            many(),
            asks_on_several_threads,
            "",
        ),
        test(
            "a lookup has the same result before and after all names were read",
            [("A", "B=C"), ("EMPTY", "")],
            asks_in_any_order,
            "",
        ),
        test(
            "a process environment shows names and never values",
            [("BAGGAGE", "secret"), ("OTHER", "secret")],
            shows_names_alone,
            "",
        ),
        #[cfg(unix)]
        Trial::test("of a variable that is defined twice the first definition wins", || {
            let entries = ["TRACEPARENT=first", "OTHER=1", "TRACEPARENT=second", "OTHER=2"];
            let process = &mut roles::command("exec", "reads the first");
            roles::same(&roles::output(process.args(entries))?, "")
        })
        .into(),
    ]
}

fn reads_normalized_names() {
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
    keys.sort_unstable();
    assert_eq!(keys, ["EMPTY", "X_B3_TRACEID"]);
}

fn asks_in_any_order() {
    let (before, after) = (ProcessEnv::new(), ProcessEnv::new());
    after.names();
    for env in [&before, &after] {
        assert_eq!(env.var("A"), Some("B=C"));
        assert_eq!(env.var("A=B"), None, "which is no name");
        assert_eq!(env.var("EMPTY"), Some(""));
        assert_eq!(env.var("MISSING"), None);
        assert_eq!(env.names().iter().filter(|name| **name == "A").count(), 1);
    }
}

fn asks_for_many() {
    let env = ProcessEnv::new();
    let ask = || (1..40).map(|length| env.var(&"N".repeat(length)).unwrap()).collect::<Vec<_>>();
    let first = ask();
    let values: Vec<String> = (1..40).map(|length| format!("value {length}")).collect();
    assert_eq!(first, values);
    let borrowed_before: Vec<*const u8> = first.iter().map(|value| value.as_ptr()).collect();
    let borrowed_again: Vec<*const u8> = ask().iter().map(|value| value.as_ptr()).collect();
    assert_eq!(borrowed_again, borrowed_before, "looked up once, and never moved");
}

fn asks_on_several_threads() {
    for _ in 0..100 {
        let env = ProcessEnv::new();
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for thread in 0..8 {
                let (env, barrier) = (&env, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    // Each begins elsewhere, so that they meet at every place.
                    for n in 0..39 {
                        let length = (n + thread * 5) % 39 + 1;
                        let value = format!("value {length}");
                        assert_eq!(env.var(&"N".repeat(length)), Some(&*value));
                        assert_eq!(env.var(&"M".repeat(length)), None);
                    }
                    assert!(env.names().contains(&"N"));
                });
            }
        });
    }
}

fn shows_names_alone() {
    let env = ProcessEnv::new();
    assert_eq!(format!("{env:?}"), "ProcessEnv { asked_for: [], .. }");
    assert_eq!(env.var("BAGGAGE"), Some("secret"));
    assert_eq!(env.var("MISSING"), None);
    assert_eq!(format!("{env:?}"), r#"ProcessEnv { asked_for: ["BAGGAGE", "MISSING"], .. }"#);
    assert_eq!(format!("{:?}", EnvCarrier::new(env)), "EnvCarrier { .. }");
}

#[cfg(unix)]
fn reads_the_first() {
    let carrier = EnvCarrier::from_env();
    assert_eq!(carrier.get("traceparent"), Some("first"));
    assert_eq!(carrier.get("other"), Some("1"));
    assert_eq!(carrier.keys(), ["OTHER", "TRACEPARENT"]);
}

/// Becomes this program in another role, with the remaining arguments as its environment, to the
/// letter: `Command` cannot define a variable twice.
#[cfg(unix)]
fn exec(role: &str) {
    use std::ffi::{CString, OsStr};
    use std::os::unix::ffi::OsStrExt as _;

    let c_string = |text: &OsStr| CString::new(text.as_bytes()).unwrap();
    let entries: Vec<CString> = std::env::args_os().skip(4).map(|entry| c_string(&entry)).collect();
    let command = roles::command(role, "");
    let program = c_string(command.get_program());
    let arguments: Vec<CString> = command.get_args().map(c_string).collect();
    let arguments = [vec![program.clone()], arguments].concat();
    let Err(error) = nix::unistd::execve(&program, &arguments, &entries);
    panic!("{error}");
}
