//! The process-tree example, run as its readers run it.

use std::collections::BTreeSet;
use std::env;
use std::process::Output;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use crate::collector::{Collector, PROTOCOLS, attributes, hex, named};
use crate::contexts::{TRACE_ID, TRACEPARENT};
use crate::example;

#[test]
fn all_spans_of_all_processes_are_connected() {
    let drawn = Drawn::with(&[]);
    assert_eq!(
        drawn.outline(),
        [
            "build",
            "build/process_tree",
            "build/process_tree",
            "build/process_tree/compile",
            "build/process_tree/compile/generate build.id=42",
            "build/process_tree/compile/link",
            "build/process_tree/compile/parse build.id=42",
            "build/process_tree/test",
            "build/process_tree/test/test suite build.id=42",
        ]
    );
    let processes: BTreeSet<&str> = drawn.rows().map(|row| row[1]).collect();
    assert_eq!(processes.len(), 6, "{}", drawn.text);

    let trace = drawn.last_line().strip_prefix("trace ").unwrap();
    let (trace, rest) = trace.split_at(32);
    assert_ne!(u128::from_str_radix(trace, 16), Ok(0));
    assert_eq!(rest, ": 9 spans in 6 processes, all connected");
    assert_eq!(drawn.code, Some(0));
}

#[test]
fn the_tree_joins_the_trace_that_it_was_started_in() {
    let drawn = Drawn::with(&[("TRACEPARENT", TRACEPARENT)]);
    assert_eq!(
        drawn.last_line(),
        format!("trace {TRACE_ID}: 9 spans in 6 processes, all connected")
    );
    assert_eq!(drawn.code, Some(0));
}

#[test]
fn spans_whose_parent_is_missing_are_pointed_out() {
    let drawn = Drawn::with(&[("OTEL_PROPAGATORS", "none")]);
    assert_eq!(
        drawn.outline(),
        [
            "build",
            "build/process_tree",
            "build/process_tree",
            "compile parent missing",
            "compile/link",
            "generate parent missing",
            "parse parent missing",
            "test parent missing",
            "test suite parent missing",
        ]
    );
    assert!(drawn.last_line().contains(": 9 spans in "), "{}", drawn.text);
    assert!(drawn.last_line().ends_with(" processes, 6 not connected"), "{}", drawn.text);
    assert_eq!(drawn.code, Some(1));
}

#[test]
fn with_an_endpoint_the_spans_go_there_and_the_trace_to_look_for_is_printed() {
    for protocol in PROTOCOLS {
        let collector = Collector::start(protocol);
        let variables = collector.variables();
        let output = example("process_tree", &[]).envs(variables.clone()).output().unwrap();
        let spans = collector.spans();
        let mut outline: Vec<(&str, &str, SpanKind, String)> = spans
            .iter()
            .map(|span| {
                let parent = spans.iter().find(|parent| parent.span_id == span.parent_span_id);
                let build = attributes(span).into_iter().find(|text| text.starts_with("build.id"));
                let parent = parent.map_or("", |parent| base_name(&parent.name));
                (base_name(&span.name), parent, span.kind(), build.unwrap_or_default())
            })
            .collect();
        outline.sort();
        let expected = [
            ("build", "", SpanKind::Internal, ""),
            ("compile", "process_tree", SpanKind::Internal, ""),
            ("generate", "compile", SpanKind::Internal, "build.id=42"),
            ("link", "compile", SpanKind::Internal, ""),
            ("parse", "compile", SpanKind::Internal, "build.id=42"),
            ("process_tree", "build", SpanKind::Client, ""),
            ("process_tree", "build", SpanKind::Client, ""),
            ("test", "process_tree", SpanKind::Internal, ""),
            ("test suite", "test", SpanKind::Internal, "build.id=42"),
        ];
        let expected =
            expected.map(|(name, parent, kind, build)| (name, parent, kind, build.to_owned()));
        assert_eq!(outline, expected);
        let trace = &named(&spans, "build").trace_id;
        for span in &spans {
            assert_eq!(&span.trace_id, trace);
            assert_eq!(span.status.clone().unwrap_or_default().code(), StatusCode::Unset);
        }
        let (endpoint, trace) = (&variables[0].1, hex(trace));
        let printed = format!("the spans go to {endpoint}: look there for trace {trace}\n");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), printed);
    }
}

#[test]
fn an_endpoint_that_is_empty_is_as_good_as_none() {
    let drawn = Drawn::with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]);
    assert!(drawn.last_line().ends_with(": 9 spans in 6 processes, all connected"));
}

#[test]
fn output_that_goes_to_no_terminal_is_plain_text() {
    assert!(!Drawn::with(&[]).text.contains('\x1b'));
}

#[cfg(unix)]
#[test]
fn rows_are_as_wide_as_the_terminal_at_most_and_plain_if_no_color_is_set() {
    for columns in [20, 50, 120] {
        let coloured = Drawn::on_a_terminal(columns, &[]);
        let plain = Drawn::on_a_terminal(columns, &[("NO_COLOR", "1")]);
        assert!(coloured.text.contains('\x1b'), "{}", coloured.text);
        assert!(!plain.text.contains('\x1b'), "{}", plain.text);
        let rows = plain.text.lines().filter(|line| !line.starts_with("trace "));
        let widest = rows.map(|row| row.chars().count()).max();
        assert_eq!(widest, Some(usize::from(columns)), "{}", plain.text);
    }
}

/// The name of a span without `.exe`, which the name of a program has on Windows.
fn base_name(name: &str) -> &str {
    name.strip_suffix(env::consts::EXE_SUFFIX).unwrap_or(name)
}

/// What the example wrote, and how it ended.
struct Drawn {
    text: String,
    code: Option<i32>,
}

impl Drawn {
    fn with(variables: &[(&str, &str)]) -> Self {
        let Output { status, stdout, stderr } =
            example("process_tree", variables).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&stderr), "");
        Self { text: String::from_utf8(stdout).unwrap(), code: status.code() }
    }

    #[cfg(unix)]
    fn on_a_terminal(columns: u16, variables: &[(&str, &str)]) -> Self {
        use std::io::Read as _;

        let size = nix::pty::Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = nix::pty::openpty(&size, None).unwrap();
        let mut command = example("process_tree", variables);
        let mut child = command.env("TERM", "xterm").stdout(terminal.slave).spawn().unwrap();
        drop(command); // it holds the terminal open
        let mut text = Vec::new();
        // Linux ends what a terminal was written to with an error, once nobody holds it open.
        let _ = std::fs::File::from(terminal.master).read_to_end(&mut text);
        let text = String::from_utf8(text).unwrap().replace('\r', "");
        Self { text, code: child.wait().unwrap().code() }
    }

    fn last_line(&self) -> &str {
        self.text.lines().next_back().unwrap()
    }

    /// The columns of each row: name, process, bar, duration, and a note if there is one.
    fn rows(&self) -> impl Iterator<Item = Vec<&str>> {
        let rows = self.text.lines().filter(|line| !line.starts_with("trace "));
        rows.map(|row| row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
    }

    /// The path of each span, and its note, sorted: siblings may begin in any order.
    fn outline(&self) -> Vec<String> {
        let mut path = Vec::new();
        let mut outline: Vec<String> = Vec::new();
        for (line, row) in self.text.lines().zip(self.rows()) {
            path.truncate((line.len() - line.trim_start().len()) / 2);
            path.push(base_name(row[0]));
            let note = row.get(4).map(|note| format!(" {note}")).unwrap_or_default();
            outline.push(path.join("/") + &note);
        }
        outline.sort();
        outline
    }
}
