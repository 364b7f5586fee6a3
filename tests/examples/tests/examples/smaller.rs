//! The smaller examples.

use crate::run::Run;
use crate::{TRACE_ID, TRACEPARENT, collect, example};

#[test]
fn the_child_of_without_sdk_prints_the_context_that_was_injected() {
    let run = Run::of(&mut example("without_sdk"));
    let variables = format!("TRACEPARENT={TRACEPARENT}\nBAGGAGE=build.id=42\n");
    let extracted = format!("the trace is {TRACE_ID}\nbuild.id is 42\n");
    assert_eq!((run.stdout, run.code), (variables + &extracted, Some(0)));
}

#[test]
fn both_halves_of_the_child_of_otel_parent_are_one_trace() {
    let run = Run::of(&mut collect("otel_parent"));
    let outline = ["otel_parent", "otel_parent/otel_child", "otel_parent/otel_child/otel_child"];
    assert_eq!(run.outline(), outline);
    let printed_by_child = run.stdout.lines().next().unwrap();
    assert!(run.last_line().starts_with(&format!("{printed_by_child}: ")), "{}", run.stdout);
    assert_eq!((run.summary(), run.code), ("3 spans in 2 processes, all connected", Some(0)));
}

/// On Windows a program may need files beside it, and does not run from another folder.
#[cfg(unix)]
#[test]
fn otel_parent_says_how_to_build_its_child_if_it_is_not_built() {
    use std::fs;

    let alone = concat!(env!("CARGO_TARGET_TMPDIR"), "/otel_parent");
    let _ = fs::remove_file(alone);
    // Not a copy: a file that is open for writing, if only in a child of another test, cannot be executed.
    fs::hard_link(example("otel_parent").get_program(), alone).unwrap();
    let run = Run::of(&mut crate::program(alone));
    assert!(run.stderr.contains("`cargo build --example otel_child`"), "{}", run.stderr);
    assert_eq!(run.code, Some(1));
}

#[test]
fn each_child_of_tokio_children_is_in_a_span_of_its_own_under_that_of_main() {
    let run = Run::of(&mut collect("tokio_children"));
    let outline = [
        "tokio_children",
        "tokio_children/compile docs",
        "tokio_children/compile docs/tokio_children",
        "tokio_children/compile lexer",
        "tokio_children/compile lexer/tokio_children",
        "tokio_children/compile parser",
        "tokio_children/compile parser/tokio_children",
    ];
    assert_eq!(run.outline(), outline);
    assert_eq!((run.summary(), run.code), ("7 spans in 4 processes, all connected", Some(0)));
}

#[test]
fn each_child_of_tracing_continues_the_span_that_it_was_started_in() {
    let run = Run::of(&mut collect("tracing"));
    let mut outline = vec!["tracing", "tracing/build"];
    outline.extend(["tracing/build/compile"; 3]);
    outline.extend(["tracing/build/compile/tracing"; 3]);
    outline.extend(["tracing/build/compile/tracing/translate"; 3]);
    assert_eq!(run.outline(), outline);
    let with_baggage = run.stdout.lines().filter(|line| line.contains("build.id 42"));
    assert_eq!(with_baggage.count(), 7, "{}", run.stdout);
    assert_eq!((run.summary(), run.code), ("11 spans in 4 processes, all connected", Some(0)));
}
