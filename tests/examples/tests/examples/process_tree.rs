//! The process-tree example, run as its readers run it.

use crate::collector::Collector;
use crate::run::Run;
use crate::spans::{hex, named, received};
use crate::{TRACE_ID, TRACEPARENT, collect, example};

#[test]
fn all_spans_of_all_processes_are_connected() {
    let run = Run::of(&mut example("process_tree"));
    let outline = [
        "build",
        "build/process_tree",
        "build/process_tree",
        "build/process_tree/compile",
        "build/process_tree/compile/generate build.id=42",
        "build/process_tree/compile/link",
        "build/process_tree/compile/parse build.id=42",
        "build/process_tree/test",
        "build/process_tree/test/test suite build.id=42",
    ];
    assert_eq!(run.outline(), outline);
    assert_eq!((run.summary(), run.code), ("9 spans in 6 processes, all connected", Some(0)));
}

#[test]
fn the_tree_joins_the_trace_that_it_was_started_in_and_an_empty_endpoint_is_as_good_as_none() {
    let mut command = example("process_tree");
    command.env("TRACEPARENT", TRACEPARENT).env("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    let run = Run::of(&mut command);
    let joined = format!("trace {TRACE_ID}: 9 spans in 6 processes, all connected");
    assert_eq!((run.last_line(), run.code), (&*joined, Some(0)));
}

#[test]
fn spans_of_other_traces_are_pointed_out_and_are_a_failure() {
    for mut command in [example("process_tree"), collect("process_tree")] {
        let run = Run::of(command.env("OTEL_PROPAGATORS", "none"));
        let pointed_out = run.rows().filter(|row| row.ends_with("  another trace"));
        assert_eq!(pointed_out.count(), 5, "{}", run.stdout);
        assert_eq!(run.summary(), "9 spans in 6 processes, 6 not connected");
        assert_eq!(run.code, Some(1));
    }
}

#[test]
fn with_an_endpoint_the_spans_go_there_and_the_trace_to_look_for_is_printed() {
    let collector = Collector::start().unwrap();
    let endpoint = collector.endpoint();
    let run = Run::of(example("process_tree").env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint));
    let spans = received(&collector);
    let trace = hex(&named(&spans, "build").trace_id);
    assert_eq!(run.stdout, format!("the spans go to {endpoint}: look there for trace {trace}\n"));
    assert_eq!(spans.len(), 9);
    assert!(spans.iter().all(|span| hex(&span.trace_id) == trace), "{spans:#?}");
}

#[test]
fn the_drawing_has_an_introduction_and_headings_and_the_width_of_a_terminal() {
    let run = Run::of(&mut example("process_tree"));
    assert!(run.stderr.starts_with("A build is simulated by six processes"), "{}", run.stderr);
    let headings: Vec<&str> = run.stdout.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(headings, ["span", "process", "when", "it", "ran", "duration", "note"]);
    let widest = run.rows().map(|row| row.chars().count()).max();
    assert_eq!(widest, Some(80), "{}", run.stdout);
}

#[test]
fn a_trace_that_is_not_sampled_is_named_as_the_reason_for_no_spans() {
    let not_sampled = format!("{}00", TRACEPARENT.strip_suffix("01").unwrap());
    let run = Run::of(example("process_tree").env("TRACEPARENT", not_sampled));
    assert!(run.stderr.contains("sampled?"), "{}", run.stderr);
    assert_eq!((&*run.stdout, run.code), ("", Some(1)));
}
