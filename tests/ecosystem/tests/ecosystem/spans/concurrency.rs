//! Several children at once, and spans around them that are not theirs.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::{Command, Output, Stdio};

use opentelemetry::trace::{
    FutureExt as _, SpanContext, Status, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{Context, Value, global};
use opentelemetry_env_carrier::{ChildInSpan, CommandInSpan, InSpan};
use tracing::{Instrument as _, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::fixtures::contexts::{ALL, SPAN_ID, STALE, shown, shown_by_child, with_numbered_span};
use crate::fixtures::roles::{self, Test};

use super::block_on;
use super::exporters::{FIRST, SECOND, attribute, export_to_memory, only};

pub(super) fn tests() -> Vec<Test> {
    let mut tests = vec![
        are_siblings::<Command, _>("std", |command| command.spawn()),
        many_at_once("tokio", |command| {
            let mut command = tokio::process::Command::from(command);
            let child = command.stdout(Stdio::piped()).in_span().spawn().unwrap();
            (child.context().clone(), Box::pin(child.wait_with_output()))
        }),
        many_at_once("async-process", |command| {
            let mut command = async_process::Command::from(command);
            let child = command.stdout(Stdio::piped()).in_span().spawn().unwrap();
            (child.context().clone(), Box::pin(child.output()))
        }),
        roles::test("a parent span is not ended by a child without a span", stale(), not_ended, ""),
        roles::test("a span is under the current span of tracing", stale(), under_tracing, ""),
    ];
    if cfg!(not(windows)) {
        tests.push(are_siblings::<tokio::process::Command, _>("tokio", |command| command.spawn()));
        tests.push(are_siblings::<async_process::Command, _>("async-process", |command| {
            command.spawn()
        }));
    }
    tests
}

/// Both are spawned with one command, as a program may.
fn are_siblings<C: InSpan + From<Command> + 'static, Child: 'static>(
    kind: &str,
    spawn: fn(CommandInSpan<'_, C>) -> io::Result<ChildInSpan<Child>>,
) -> Test {
    let play = async move || {
        let exporter = export_to_memory();
        let _current = (ALL.cx)().attach();
        let current = || shown(&Context::current());
        let before = current();

        let mut command = C::from(roles::command("exits with", 0));
        assert_eq!(format!("{:?}", command.in_span()), "CommandInSpan { .. }");
        let first = spawn(command.in_span().with_name("first")).unwrap();
        assert_eq!(current(), before);
        let second = spawn(command.in_span().with_name("second")).unwrap();
        assert_eq!(current(), before);

        // A context that outlives the child does not keep the span open.
        let contexts = [&first, &second].map(|child| child.context().clone());
        assert_eq!(
            contexts.each_ref().map(|cx| span_context(cx).span_id().to_string()),
            [FIRST, SECOND]
        );
        assert_eq!(exporter.get_finished_spans().unwrap(), [], "both are running");
        drop(second);
        drop(first);
        assert_eq!(current(), before);
        let spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["second", "first"]);
        let ids = spans.iter().map(|span| span.span_context.span_id().to_string());
        assert_eq!(ids.collect::<Vec<_>>(), [SECOND, FIRST]);
        assert!(spans.iter().all(|span| span.parent_span_id.to_string() == SPAN_ID));
    };
    let name = format!("two children of {kind} at once are siblings");
    roles::test(name, stale(), move || block_on(play()), "")
}

fn stale() -> impl Iterator<Item = (&'static str, &'static str)> {
    STALE.iter().copied()
}

fn not_ended() {
    let exporter = export_to_memory();
    let parent = Context::new().with_span(global::tracer("test").start("parent"));
    let suppressed = parent.with_telemetry_suppressed();

    let attached = suppressed.clone().attach();
    let status = roles::command("exits with", 3).in_span().status();
    assert_eq!(status.unwrap().code(), Some(3));
    drop(attached);
    let mut command = tokio::process::Command::from(roles::command("exits with", 3));
    let status = async { command.in_span().status().await }.with_context(suppressed);
    assert_eq!(block_on(status).unwrap().code(), Some(3));
    assert_eq!(exporter.get_finished_spans().unwrap(), []);

    parent.span().end();
    let span = only(&exporter);
    assert_eq!((span.attributes, span.status), (vec![], Status::Unset));
}

fn under_tracing() {
    let exporter = export_to_memory();
    let layer = tracing_opentelemetry::layer().with_tracer(global::tracer("test"));
    tracing_subscriber::registry().with(layer).init();

    let outer = info_span!("outer");
    assert!(
        outer.in_scope(|| roles::command("exits with", 0).in_span().status()).unwrap().success()
    );
    let mut command = tokio::process::Command::from(roles::command("exits with", 0));
    let status = async {
        tokio::task::yield_now().await;
        command.in_span().status().await
    };
    assert!(block_on(status.instrument(outer.clone())).unwrap().success());

    let (spans, parent) = (exporter.get_finished_spans().unwrap(), span_context(&outer.context()));
    assert_eq!(spans.len(), 2);
    for span in spans {
        assert_eq!(span.parent_span_id, parent.span_id());
        assert_eq!(span.span_context.trace_id(), parent.trace_id());
    }
}

/// Spawns a child, and returns the context with its span.
type Spawn = fn(Command) -> (Context, Pin<Box<dyn Future<Output = io::Result<Output>> + Send>>);

/// As many at once as there are file descriptors for. Few where a process takes long to start.
const ROUNDS: u64 = if cfg!(windows) { 1 } else { 20 };
const AT_ONCE: u64 = if cfg!(windows) { 10 } else { 100 };

fn many_at_once(kind: &str, spawn: Spawn) -> Test {
    let play = async move || {
        let exporter = export_to_memory();
        for round in 0..ROUNDS {
            let children =
                (0..AT_ONCE).map(|n| tokio::spawn(spawn_numbered(round * AT_ONCE + n, spawn)));
            for child in children.collect::<Vec<_>>() {
                child.await.unwrap();
            }
        }

        let spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans.len() as u64, ROUNDS * AT_ONCE);
        let by_parent: HashMap<_, _> =
            spans.iter().map(|span| (span.parent_span_id, span)).collect();
        for number in 0..ROUNDS * AT_ONCE {
            let parent = span_context(&with_numbered_span(number));
            let span = by_parent[&parent.span_id()];
            assert_eq!(span.span_context.trace_id(), parent.trace_id());
            let exit_code = Value::I64(i64::try_from(number % 5).unwrap());
            assert_eq!(attribute(span, "process.exit.code"), Some(exit_code));
        }
    };
    let name = format!("many children of {kind} at once each have a span of their own");
    roles::test(name, stale(), move || block_on(play()), "")
}

/// Its exit code depends on its number, and it receives its own span.
async fn spawn_numbered(number: u64, spawn: Spawn) {
    let attached = with_numbered_span(number).attach();
    let (cx, output) = spawn(roles::command("shows its parent and exits with", number % 5));
    drop(attached);
    let received = String::from_utf8(output.await.unwrap().stdout).unwrap();
    assert_eq!(received, shown_by_child(&cx));
}

fn span_context(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}
