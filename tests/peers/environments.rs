//! What the languages make of environments that are not as they should be.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use libtest_mimic::{Failed, Trial};

use crate::chain::{Language, languages, run, rust, trial};
use crate::traces::{SPAN, TRACE};

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = vec![
        trial("a BAGGAGE that is not UTF-8 kills a Python process".to_owned(), &[python()], || {
            match run(&[python()], &baggage_not_utf8()) {
                Err(error) if error.message().is_some_and(|e| e.contains("UnicodeEncodeError")) => {
                    Ok(())
                }
                other => Err(format!("{other:?}").into()),
            }
        }),
        trial(
            "a Rust process protects a Python child from a BAGGAGE that is not UTF-8".to_owned(),
            &[rust(), python()],
            protects_python,
        ),
    ];
    for language in languages() {
        let name = format!("{}: a new trace in the environment of an old one", language.name);
        tests.push(trial(name, &[language, rust()], move || stale_variables(language)));
    }
    tests
}

/// Only this crate unsets what an ancestor left behind.
fn stale_variables(language: &Language) -> Result<(), Failed> {
    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let variables = [
        ("PEER_FORGETS", "1"),
        ("TRACEPARENT", &traceparent),
        ("TRACESTATE", "key=value"),
        ("BAGGAGE", "key=value"),
    ];
    let reports = run(&[language, rust()], &variables)?;
    let [process, child] = &reports[..] else { panic!() };
    assert_ne!(process.trace, TRACE);
    assert!(child.received["TRACEPARENT"].contains(&format!("{}-{}", process.trace, process.span)));
    for name in ["TRACESTATE", "BAGGAGE"] {
        let expected = (language.name != rust().name).then_some("key=value");
        assert_eq!(child.received.get(name).map(String::as_str), expected, "{name}");
    }
    Ok(())
}

fn protects_python() -> Result<(), Failed> {
    let [process, child] = &run(&[rust(), python()], &baggage_not_utf8())?[..] else { panic!() };
    assert_eq!(child.parent, process.span);
    assert!(!child.received.contains_key("BAGGAGE"));
    Ok(())
}

fn python() -> &'static Language {
    languages().iter().find(|language| language.name == "Python").unwrap()
}

fn baggage_not_utf8() -> [(&'static str, &'static OsStr); 1] {
    [("BAGGAGE", OsStr::from_bytes(b"a=b\xFF,k=v"))]
}
