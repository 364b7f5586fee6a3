//! On threads without a current span, children are in the span around `main`, or else in the one that the
//! process was spawned in.

use std::thread;

use opentelemetry_env_carrier::{InSpan as _, MainSpan, WithTraceContext as _};
use tokio::task::JoinHandle;

use crate::fixtures::contexts::{ALL, SPAN_ID, TRACE_ID, shown_by_child};
use crate::fixtures::roles::{self, Test};

use super::block_on;
use super::exporters::{FIRST, PROGRAM, SUCCEEDED, export_to_memory, id, shown};
use super::main_span::span_of_main;

/// Few where a process takes long to start.
const CHILDREN: u64 = if cfg!(windows) { 2 } else { 8 };

/// Runs [`spawn_two`] [`CHILDREN`] times.
type Place = (&'static str, fn() -> Vec<String>);

const PLACES: [Place; 4] = [
    ("on the main thread", || (0..CHILDREN).map(|_| spawn_two()).collect()),
    ("in thread::scope", || {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..CHILDREN).map(|_| scope.spawn(spawn_two)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }),
    ("in tokio::spawn", || finish(|| tokio::spawn(async { spawn_two() }))),
    ("in spawn_blocking", || finish(|| tokio::task::spawn_blocking(spawn_two))),
];

fn finish(start: fn() -> JoinHandle<String>) -> Vec<String> {
    block_on(async {
        let tasks: Vec<_> = (0..CHILDREN).map(|_| start()).collect();
        let mut written = Vec::new();
        for task in tasks {
            written.push(task.await.unwrap());
        }
        written
    })
}

/// One in a span of its own, and one that is only in that of its parent. Returns what they extract.
fn spawn_two() -> String {
    let in_span = roles::command("child", "").in_span().output().unwrap();
    let within = roles::command("child", "").with_trace_context().output().unwrap();
    String::from_utf8([in_span.stdout, within.stdout].concat()).unwrap()
}

pub(super) fn tests() -> Vec<Test> {
    let continue_the_trace = |(place, spawn): Place| {
        [
            test(
                format!("children {place} continue the trace of the span around main"),
                move || {
                    let _main = MainSpan::start();
                    spawn()
                },
                span_of_main("Unset") + &children_of(FIRST, 2),
            ),
            test(
                format!("children {place} continue the trace that the process inherits"),
                spawn,
                children_of(SPAN_ID, 1),
            ),
        ]
    };
    PLACES.into_iter().flat_map(continue_the_trace).collect()
}

/// The order of lines is lost, because threads have none.
fn test(name: String, spawn: impl Fn() -> Vec<String> + 'static, writes: String) -> Test {
    let sorted = |lines: String| {
        let mut lines: Vec<&str> = lines.split_inclusive('\n').collect();
        lines.sort_unstable();
        lines.concat()
    };
    let play = move || {
        let exporter = export_to_memory();
        let written = spawn().concat();
        let spans = exporter.get_finished_spans().unwrap();
        print!("{}", sorted(written + &spans.iter().map(shown).collect::<String>()));
    };
    roles::test(name, ALL.written.iter().copied(), play, sorted(writes))
}

/// The spans around the children, numbered from `first`, and what all children write.
fn children_of(parent: &str, first: u64) -> String {
    let shown_by_child_of = |id: &str| shown_by_child(&(ALL.cx)()).replace(SPAN_ID, id);
    let pairs = (first..first + CHILDREN).map(|number| {
        let id = id(number);
        let span =
            format!("Client PROGRAM {id} in {TRACE_ID} under {parent}: {PROGRAM} {SUCCEEDED}\n");
        span + &shown_by_child_of(&id) + &shown_by_child_of(parent)
    });
    pairs.collect()
}
