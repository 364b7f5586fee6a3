//! Whatever a program does with a command, it sees the same if the command is in a span.

use std::fmt::Debug;
use std::io;
use std::process::{Command, Stdio};

use opentelemetry::trace::{Status, TraceState};
use opentelemetry_sdk::trace::SpanData;

use crate::fixtures::contexts::{ALL, SPAN_ID, STALE};
use crate::fixtures::roles::{self, Test};
use crate::fixtures::wine;

use super::async_process_commands::ASYNC_PROCESS;
use super::exporters::{
    FAILED, HERE, PROGRAM, SUCCEEDED, attribute, export_to_memory, only, shown,
};
use super::std_commands::STD;
use super::tokio_commands::TOKIO;

/// What a program may do with one kind of command. The kinds have the same methods, but no trait for them.
pub(super) struct Operations {
    pub(super) status: Operation,
    pub(super) output: Operation,
    /// Waits twice.
    pub(super) wait: Operation,
    pub(super) wait_with_output: Operation,
    /// Before the child has exited, until it has, and once more.
    pub(super) try_wait: Operation,
    /// Asks through one pipe, reads the answer from another, and waits.
    pub(super) converse: Operation,
    /// Kills, and waits.
    pub(super) kill: Operation,
    pub(super) drop: Operation,
}

#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) run: fn(command: Command, streams: Streams, in_span: bool) -> io::Result<Seen>,
}

/// Standard input, output and error, where they are set.
pub(super) type Streams = [Option<Stdio>; 3];

/// What a program sees of a child.
pub(super) struct Seen {
    /// If the method returns it.
    pid: Option<u32>,
    pub(super) end: String,
}

pub(super) fn seen(pid: impl Into<Option<u32>>, end: impl Debug) -> io::Result<Seen> {
    Ok(Seen { pid: pid.into(), end: format!("{end:?}") })
}

/// The same for a command in a span and for the command itself: that it compiles for both is half of the
/// test. Where it is used, a function `with_streams` makes the command.
macro_rules! operation {
    ($name:literal, $command:ident, $does:expr) => {
        $crate::spans::operations::Operation {
            name: $name,
            run: |command, streams, in_span| {
                $crate::spans::block_on(async {
                    let mut $command = with_streams(command, streams);
                    if in_span {
                        let $command = $command.in_span();
                        $does
                    } else {
                        $does
                    }
                })
            },
        }
    };
}
pub(super) use operation;

pub(super) fn tests() -> Vec<Test> {
    // Under Wine a process takes long to start. What the kinds have in common is tested with one.
    let kinds = [STD, TOKIO, ASYNC_PROCESS].into_iter().take(if cfg!(windows) { 1 } else { 3 });
    kinds.flat_map(tests_of).collect()
}

fn tests_of(kind: Operations) -> [Test; 8] {
    let killed = match cfg!(unix) {
        true => "process.exit.code=137 error.type='SIGKILL' Error",
        false => "process.exit.code=1 error.type='1' Error",
    };
    let reader = || roles::command("reads its input and exits with", 3);
    let answerer = || roles::command("answers its input and exits with", 3);
    [
        sees_any_exit(kind.status, "process.pid=CHILD "),
        sees_any_exit(kind.output, ""),
        sees_any_exit(kind.wait, "process.pid=CHILD "),
        sees_any_exit(kind.wait_with_output, "process.pid=CHILD "),
        uses_pipes(kind.try_wait, reader, FAILED),
        uses_pipes(kind.converse, answerer, FAILED),
        uses_pipes(kind.kill, reader, killed),
        uses_pipes(kind.drop, reader, "Unset"),
    ]
}

fn sees_any_exit(Operation { name, run }: Operation, pid: &str) -> Test {
    let commands: [fn() -> Command; 3] = [
        || roles::command("exits with", 0),
        || roles::command("exits with", 3),
        || Command::new("no/such/program"),
    ];
    let play = move || {
        for command in commands {
            print_span_and_compare(|in_span| run(command(), [None, None, None], in_span));
        }
    };
    let not_found = "process.executable.name='program' error.type='NotFound' DESCRIPTION";
    let spans = format!(
        "Client PROGRAM {HERE}: {PROGRAM} {pid}{SUCCEEDED}\n\
         Client PROGRAM {HERE}: {PROGRAM} {pid}{FAILED}\n\
         Client program {HERE}: {not_found}\n"
    );
    let name = format!("{name} sees the same in a span, which records any exit");
    roles::test(name, STALE.iter().copied(), play, spans)
}

fn uses_pipes(Operation { name, run }: Operation, command: fn() -> Command, end: &str) -> Test {
    let play = move || {
        let streams = || [Some(Stdio::piped()), Some(Stdio::piped()), Some(Stdio::null())];
        print_span_and_compare(|in_span| run(command(), streams(), in_span));
    };
    let span = format!("Client PROGRAM {HERE}: {PROGRAM} process.pid=CHILD {end}\n");
    let name = format!("{name} sees the same in a span, which records it");
    roles::test(name, STALE.iter().copied(), play, span)
}

/// Prints the span, and runs the same without one. What differs each time has a name in the span.
pub(super) fn print_span_and_compare(run: impl Fn(bool) -> io::Result<Seen>) {
    let exporter = export_to_memory();
    let _current = (ALL.cx)().attach();

    let in_span = run(true);
    wine::exit_if_it_failed(&in_span);
    let span = only(&exporter);
    assert_usual(&span);
    let description = |error: &io::Error| format!("{:?}", Status::error(error.to_string()));
    let line = match &in_span {
        Err(error) => shown(&span).replace(&description(error), "DESCRIPTION"),
        Ok(Seen { pid, .. }) => {
            let recorded = attribute(&span, "process.pid").map(|pid| pid.to_string());
            assert_ne!(recorded.as_deref(), Some("0"));
            let pid = pid.map(|pid| pid.to_string()).or(recorded).unwrap_or_default();
            shown(&span).replace(&format!("process.pid={pid}"), "process.pid=CHILD")
        }
    };
    print!("{line}");

    exporter.reset();
    let without_span = run(false);
    wine::exit_if_it_failed(&without_span);
    assert_eq!(exporter.get_finished_spans().unwrap(), []);
    let end = |seen: io::Result<Seen>| format!("{:?}", seen.map(|seen| seen.end));
    assert_eq!(end(in_span), end(without_span));
}

/// What [`shown`] does not show.
fn assert_usual(span: &SpanData) {
    // That of the crate is not that of its tests.
    let manifest = include_str!("../../../../../Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = "));
    let version = version.map(|version| version.trim_matches('"'));
    let scope = &span.instrumentation_scope;
    assert_eq!((scope.name(), scope.version()), ("opentelemetry-env-carrier", version));
    assert_eq!(scope.attributes().count(), 0);
    let is_under_all = span.parent_span_id.to_string() == SPAN_ID;
    let trace_state = if is_under_all { "vendor=value" } else { "" };
    assert_eq!(*span.span_context.trace_state(), trace_state.parse::<TraceState>().unwrap());
    assert_eq!((span.events.len(), span.links.len(), span.dropped_attributes_count), (0, 0, 0));
    assert!(span.start_time <= span.end_time);
}
