//! Where the languages differ. Each table of the guide is measured, and must be what it says.

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};
use opentelemetry_env_carrier::normalize;

use crate::chain::{Language, Report, command, languages, run, rust, trial};
use crate::traces::{NO_SPAN, SPAN, TRACE, baggage};

const LANGUAGES: &str = include_str!("../../src/guide/languages.md");
const SPECIFICATION: &str = include_str!("../../src/guide/specification.md");

/// A page, the heading of a table's first column, and what measures the column of a language.
type Table = (&'static str, &'static str, fn(&'static Language) -> Result<Rows, Failed>);

/// The first cell of each row, and that of the language.
pub(crate) type Rows = Vec<(String, String)>;

const TABLES: &[Table] = &[
    (LANGUAGES, "flags received", flags),
    (LANGUAGES, "`TRACEPARENT` received", forms),
    (LANGUAGES, "entry received: what is read", baggage_read),
    (LANGUAGES, "entry received: what is written", baggage_written),
    (LANGUAGES, "received: how many are read", limits),
    #[cfg(unix)]
    (LANGUAGES, "environment", crate::environments::rows),
    (SPECIFICATION, "key", names),
];

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for &(page, heading, measure) in TABLES {
        for language in languages() {
            let name = format!("the guide is right about {}: {heading}", language.name);
            tests.push(trial(name, &[language, rust()], move || {
                assert_eq!(measure(language)?, column(page, heading, language.name));
                Ok(())
            }));
        }
    }
    tests
}

/// What a table says of a language.
fn column(page: &str, heading: &str, language: &str) -> Rows {
    let start = format!("| {heading} |");
    let mut table = page.lines().skip_while(|line| !line.starts_with(&start));
    let header = cells(table.next().expect(heading));
    let is_of_language = |cell: &&str| cell.split(", ").any(|name| name == language);
    let column = header.iter().position(is_of_language).expect(language);
    let rows = table.skip(1).take_while(|line| line.starts_with('|')).map(cells);
    rows.map(|cells| (cells[0].to_owned(), cells[column].to_owned())).collect()
}

fn cells(row: &str) -> Vec<&str> {
    row.trim_matches(['|', ' ']).split(" | ").collect()
}

/// As the guide shows a text: a space at an end would not be seen.
pub(crate) fn code(text: &str) -> String {
    format!("`{}`", text.replace(' ', "␣"))
}

/// What a process and its child report, where the process received these variables.
pub(crate) fn with_child(
    language: &Language,
    variables: &[(&str, &str)],
) -> Result<[Report; 2], Failed> {
    Ok(run(&[language, rust()], variables)?.try_into().unwrap())
}

/// Whether the process continued the trace that it was started in; otherwise it started one.
pub(crate) fn joins(process: &Report) -> bool {
    assert_eq!(process.trace == TRACE, process.parent == SPAN);
    assert_eq!(process.trace != TRACE, process.parent == NO_SPAN);
    process.trace == TRACE
}

fn flags(language: &'static Language) -> Result<Rows, Failed> {
    let mut rows = Vec::new();
    for received in ["01", "00", "03", "02", "05"] {
        let traceparent = format!("00-{TRACE}-{SPAN}-{received}");
        let [process, child] = with_child(language, &[("TRACEPARENT", &traceparent)])?;
        let cell = if joins(&process) { flags_written(&child) } else { "new trace".to_owned() };
        rows.push((code(received), cell));
    }
    let [_, child] = with_child(language, &[])?;
    rows.push(("none: a new trace".to_owned(), flags_written(&child)));
    Ok(rows)
}

fn flags_written(child: &Report) -> String {
    code(child.received["TRACEPARENT"].rsplit('-').next().unwrap_or_default())
}

fn forms(language: &'static Language) -> Result<Rows, Failed> {
    let forms = [
        ("with an upper-case trace id", format!("00-{}-{SPAN}-01", TRACE.to_uppercase())),
        ("with spaces around it", format!(" 00-{TRACE}-{SPAN}-01 ")),
    ];
    let row = |(label, traceparent): (&str, String)| {
        let [process, _] = with_child(language, &[("TRACEPARENT", &traceparent)])?;
        let cell = if joins(&process) { "joins" } else { "new trace" };
        Ok((label.to_owned(), cell.to_owned()))
    };
    forms.map(row).into_iter().collect()
}

/// Values of entries, as they are received.
const VALUES: &[&str] = &[
    "a%2Cb",
    "a%22b",
    "a%20b",
    "%20a%20",
    "a+b",
    "a%2Bb",
    "a=b",
    "a%3Db",
    "a%3Bb",
    "a%5Cb",
    r"a\b",
    "100%25",
    "100%",
    "%2541",
    "%41",
    "%ZZ",
    "%C3%BC",
    "%F0%9F%A7%B3",
    "",
    "v;p=x",
];

fn baggage_read(language: &'static Language) -> Result<Rows, Failed> {
    let [process, _] = with_values(language)?;
    Ok(rows_of_values(|key| match process.baggage.get(key) {
        None => "dropped".to_owned(),
        Some([value, properties]) if properties.is_empty() => value_or_empty(value),
        Some([value, properties]) => format!("{}, property {}", code(value), code(properties)),
    }))
}

fn baggage_written(language: &'static Language) -> Result<Rows, Failed> {
    let [_, child] = with_values(language)?;
    let entries = child.received["BAGGAGE"].split(',').filter_map(|entry| entry.split_once('='));
    let written: BTreeMap<&str, &str> = entries.collect();
    Ok(rows_of_values(|key| {
        written.get(key).map_or("dropped".to_owned(), |text| value_or_empty(text))
    }))
}

/// All values together in one baggage: what happens to one does not touch the others.
fn with_values(language: &Language) -> Result<[Report; 2], Failed> {
    let entries = VALUES.iter().enumerate().map(|(n, value)| format!("k{n}={value}"));
    let baggage = entries.collect::<Vec<_>>().join(",");
    with_child(language, &[("BAGGAGE", &baggage)])
}

fn rows_of_values(cell: impl Fn(&str) -> String) -> Rows {
    let rows = VALUES.iter().enumerate();
    rows.map(|(n, value)| (value_or_empty(value), cell(&format!("k{n}")))).collect()
}

fn value_or_empty(value: &str) -> String {
    if value.is_empty() { "empty".to_owned() } else { code(value) }
}

fn limits(language: &'static Language) -> Result<Rows, Failed> {
    let list = |length: usize, value: &str| -> String {
        (0..length).map(|n| format!("k{n:02}={value}")).collect::<Vec<_>>().join(",")
    };
    let (long_state, full_baggage) = (list(32, &"v".repeat(16)), baggage(8_193));
    assert_eq!(long_state.len(), 671);
    let lists = [
        ("a tracestate of 33 members", "TRACESTATE", list(33, "v")),
        ("a tracestate of 32 members in 671 characters", "TRACESTATE", long_state),
        ("a tracestate of 3 members, one malformed", "TRACESTATE", "a=1,b,c=3".to_owned()),
        ("baggage of 65 entries", "BAGGAGE", list(65, "v")),
        ("baggage of 200 entries", "BAGGAGE", list(200, "v")),
        ("baggage of 64 entries in 8,193 bytes", "BAGGAGE", full_baggage),
        ("a baggage entry of 4,097 bytes", "BAGGAGE", format!("k={}", "v".repeat(4_095))),
    ];
    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let row = |(label, variable, list): (&str, &str, String)| {
        let variables = [("TRACEPARENT", &traceparent), (variable, &list)];
        let report = run(&[language], &variables)?.remove(0);
        let read = match variable {
            "BAGGAGE" => report.baggage.len(),
            _ => report.state.split_terminator(',').count(),
        };
        Ok((label.to_owned(), read.to_string()))
    };
    lists.map(row).into_iter().collect()
}

/// The names of variables for odd keys.
fn names(language: &'static Language) -> Result<Rows, Failed> {
    let ordinary = ["traceparent", "x-b3-traceid", "3d"];
    let odd = [
        ("empty", ""),
        ("`é` (two bytes)", "é"),
        ("`e` with a combining accent (three bytes)", "e\u{301}"),
        ("`🧳` (four bytes, two UTF-16 units)", "🧳"),
        ("`İ` (two bytes)", "İ"),
        ("`ß` (two bytes)", "ß"),
        ("`ﬃ` (three bytes)", "ﬃ"),
        ("`٣`, a digit beyond ASCII (two bytes)", "٣"),
    ];
    let mut command = command(&language.command);
    command.arg("--names").args(ordinary).args(odd.map(|(_, key)| key));
    let output = String::from_utf8(command.output()?.stdout)?;
    let names: Vec<&str> = output.lines().collect();
    assert_eq!(names.len(), ordinary.len() + odd.len());
    let (of_ordinary, of_odd) = names.split_at(ordinary.len());
    assert_eq!(of_ordinary, ordinary.map(normalize));
    Ok(odd.iter().zip(of_odd).map(|((label, _), name)| ((*label).to_owned(), code(name))).collect())
}
