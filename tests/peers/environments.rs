//! What the languages make of environments that are not as they should be.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use libtest_mimic::{Failed, Trial};

use crate::chain::{Language, Report, languages, run, run_behind, rust, trial};
use crate::differences::{Rows, code, joins, with_child};
use crate::rust::TWICE;
use crate::traces::{SPAN, TRACE};

pub(crate) fn tests() -> Vec<Trial> {
    let name = "a Rust process protects a Python child from a BAGGAGE that is not UTF-8";
    vec![trial(name.to_owned(), &[rust(), python()], protects_python)]
}

/// What the guide says of a language.
pub(crate) fn rows(language: &'static Language) -> Result<Rows, Failed> {
    let (read, received) = empty_traceparent(language)?;
    let rows = [
        (
            "a new trace below stale `TRACESTATE` and `BAGGAGE`: its child receives",
            stale(language)?,
        ),
        ("`TRACEPARENT` defined twice: is read", twice(language)?),
        ("empty `TRACEPARENT` beside `TRACESTATE` and `BAGGAGE`: is read", read),
        ("the same: its child receives", received),
        (r"`BAGGAGE` of the bytes `a=b\xFF,k=v`: is read", not_utf8(language)?),
    ];
    Ok(rows.map(|(label, cell)| (label.to_owned(), cell)).to_vec())
}

/// A process starts a new trace in the environment of an ancestor.
fn stale(language: &Language) -> Result<String, Failed> {
    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let variables = [
        ("PEER_FORGETS", "1"),
        ("TRACEPARENT", &traceparent),
        ("TRACESTATE", "key=value"),
        ("BAGGAGE", "key=value"),
    ];
    inherited(language, &variables).map(|(_, inherited)| inherited)
}

fn empty_traceparent(language: &Language) -> Result<(String, String), Failed> {
    let variables = [("TRACEPARENT", ""), ("TRACESTATE", "key=value"), ("BAGGAGE", "key=value")];
    let (process, inherited) = inherited(language, &variables)?;
    Ok((entries(&process), inherited))
}

/// What a process reports that starts a new trace, and the names of those variables that its child
/// receives as they are here.
fn inherited(language: &Language, variables: &[(&str, &str)]) -> Result<(Report, String), Failed> {
    let [process, child] = with_child(language, variables)?;
    assert!(!joins(&process));
    assert!(child.received["TRACEPARENT"].contains(&format!("{}-{}", process.trace, process.span)));
    let is_inherited = |&&(name, value): &&(&str, &str)| {
        child.received.get(name).is_some_and(|received| received == value)
    };
    let names = variables.iter().filter(is_inherited).map(|(name, _)| code(name));
    Ok((process, list(names)))
}

fn twice(language: &Language) -> Result<String, Failed> {
    let first = format!("TRACEPARENT=00-{TRACE}-{SPAN}-01");
    let (other_trace, other_span) = ("2".repeat(32), "2".repeat(16));
    let second = format!("00-{other_trace}-{other_span}-01");
    let launcher = [&rust().command[..], &[TWICE.to_owned(), first]].concat();
    let report = run_behind(&launcher, &[language], &[("TRACEPARENT", second)])?.remove(0);
    match (&*report.trace, &*report.parent) {
        (TRACE, SPAN) => Ok("the first".to_owned()),
        (trace, span) if trace == other_trace && span == other_span => Ok("the second".to_owned()),
        _ => Ok("none".to_owned()),
    }
}

fn not_utf8(language: &Language) -> Result<String, Failed> {
    match run(&[language], &baggage_not_utf8()) {
        Ok(reports) => Ok(entries(&reports[0])),
        Err(error) if error.message().is_some_and(|text| text.contains("UnicodeEncodeError")) => {
            Ok("the process dies".to_owned())
        }
        Err(error) => Err(error),
    }
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

fn entries(report: &Report) -> String {
    list(report.baggage.iter().map(|(key, [value, _])| code(&format!("{key}={value}"))))
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "nothing".to_owned() } else { items.join(", ") }
}
