//! Where the languages differ, as the guide says.

use libtest_mimic::{Failed, Trial};
use opentelemetry_env_carrier::normalize;

use crate::chain::{Language, command, languages, run, rust, trial};

/// Languages, an entry's value as they receive it, and what they read. `None` if the entry is dropped.
type Read = (&'static [&'static str], &'static str, Option<&'static str>);

/// Languages, an entry's value as they receive it, and as they write it for a child.
type Written = (&'static [&'static str], &'static str, &'static str);

#[rustfmt::skip]
const READ: &[Read] = &[
    (&["Go", "Node"], "100%", None),
    (&["Java"], "100%", Some("100")),
    (&["Rust", "Go", "Java", "Python", "Node"], "%41", Some("A")),
    (&["Go", "Java", "Python"], r"a\b", None),
    (&["Rust"], "a=b", Some("a")),
    (&["Python"], "a+b", Some("a b")),
    (&["Rust", "Python"], "%20a%20", Some("a")),
    (&["Node"], "", None),
    (&["Python"], "v;p=x", Some("v;p=x")),
];

#[rustfmt::skip]
const WRITTEN: &[Written] = &[
    (&["Rust"], "100%25", "100%"),
    (&["Rust"], "%2541", "%41"),
    (&["Rust"], "a%5Cb", r"a\b"),
    (&["Go"], "a%3Db", "a=b"),
    (&["Python"], "a%20b", "a+b"),
];

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for &(names, received, expected) in READ {
        for language in named(names) {
            let name = format!("{} reads `{received}` in baggage as {expected:?}", language.name);
            tests.push(trial(name, &[language], move || {
                let report = run(&[language], &[baggage(received)])?.remove(0);
                let read = report.baggage.get("key").map(|[value, _]| &**value);
                assert_eq!(read, expected);
                Ok(())
            }));
        }
    }
    for &(names, received, expected) in WRITTEN {
        for language in named(names) {
            let name = format!("{} writes `{expected}` in baggage", language.name);
            tests.push(trial(name, &[language, rust()], move || {
                let child = run(&[language, rust()], &[baggage(received)])?.remove(1);
                let mut entries = child.received["BAGGAGE"].split(',');
                assert_eq!(entries.find_map(|entry| entry.strip_prefix("key=")), Some(expected));
                Ok(())
            }));
        }
    }
    for language in languages() {
        let name = format!("{} normalizes keys", language.name);
        tests.push(trial(name, &[language], move || normalizes_keys(language)));
    }
    tests
}

fn named(names: &[&str]) -> impl Iterator<Item = &'static Language> {
    languages().iter().filter(|language| names.contains(&language.name))
}

/// What happens to the entry does not touch the other one.
fn baggage(value: &str) -> (&'static str, String) {
    ("BAGGAGE", format!("key={value},other=1"))
}

/// An underscore for each code point, or for each UTF-16 unit.
fn normalizes_keys(language: &Language) -> Result<(), Failed> {
    let ordinary = ["", "traceparent", "x-b3-traceid", "3d"];
    let odd = ["é", "e\u{301}", "🧳", "İ", "ß", "ﬃ", "٣"];
    let underscore = |char: char| match language.name {
        "Java" | "Node" => "_".repeat(char.len_utf16()),
        _ => "_".to_owned(),
    };
    let name_of = |char: char| match char.is_ascii() {
        true => char.to_ascii_uppercase().to_string(),
        false => underscore(char),
    };
    let names_of_odd = odd.iter().map(|key| key.chars().map(name_of).collect());
    let names_of_ordinary = ordinary.iter().map(|key| normalize(key).into_owned());
    let expected: Vec<String> = names_of_ordinary.chain(names_of_odd).collect();

    let mut command = command(&language.command);
    command.arg("--names").args(ordinary).args(odd);
    let output = String::from_utf8(command.output()?.stdout)?;
    assert_eq!(output.lines().collect::<Vec<_>>(), expected);
    Ok(())
}
