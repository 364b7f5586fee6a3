//! Several children at once, and spans of `tracing` around them.

use std::collections::HashMap;
use std::process::Stdio;

use libtest_mimic::Trial;
use opentelemetry::trace::{
    FutureExt as _, SpanId, Status, TraceContextExt as _, TraceId, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, Value, global};
use opentelemetry_env_carrier::InSpan as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::{Instrument as _, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::fixtures::contexts::{ALL, SPAN_ID, shown, shown_by_child, with_numbered_span};
use crate::fixtures::roles;

use super::futures::AsyncKind;
use super::kinds::{Kind, Operation};
use super::{ASYNC_KINDS, KINDS, always_on, block_on, export_spans};

pub(super) fn tests() -> Vec<Trial> {
    let on_any = KINDS.into_iter().flat_map(|kind| {
        [
            ("two children at once are siblings", "spawns two"),
            (
                "a parent span is not ended with a span that is suppressed",
                "spawns while suppressed",
            ),
            ("a span is under the current span of tracing", "spawns under tracing"),
        ]
        .map(|(name, role)| super::test(format!("{name}: {kind}"), role, format!("{kind} ")))
    });
    let many = ASYNC_KINDS.map(|kind| {
        let name = format!("many children at once, each in a span of its own: {kind}");
        super::test(name, "spawns many", format!("{kind} "))
    });
    on_any.chain(many).collect()
}

/// From one command, as a program may.
pub(super) fn spawn_two<K: Kind>(_: &str) {
    let exporter = export_spans(always_on());
    let _current = (ALL.cx)().attach();
    block_on(async {
        let mut command = K::Command::from(roles::command("exits with", 0));
        let shown_command = format!("{:?}", command.in_span());
        assert_eq!(shown_command, "CommandInSpan { .. }");

        let before = shown(&Context::current());
        let first = K::spawn(command.in_span().with_name("first"));
        assert_eq!(shown(&Context::current()), before);
        let second = K::spawn(command.in_span().with_name("second"));
        assert_eq!(shown(&Context::current()), before);

        // A context that outlives the child does not keep the span open.
        let contexts = [&first, &second].map(|child| child.context().clone());
        assert_eq!(exporter.get_finished_spans().unwrap().len(), 0, "both are running");
        drop(second);
        drop(first);
        assert_eq!(shown(&Context::current()), before);
        let [first, second] = contexts.each_ref().map(span_id);
        let expected = [("second", second), ("first", first)];
        let spans = exporter.get_finished_spans().unwrap();
        let spans = spans.iter().map(|span| (&*span.name, span.span_context.span_id()));
        assert_eq!(Vec::from_iter(spans), expected);
    });
    for span in exporter.get_finished_spans().unwrap() {
        assert_eq!(span.parent_span_id.to_string(), SPAN_ID);
    }
}

pub(super) fn spawn_while_suppressed<K: Kind>(_: &str) {
    let exporter = export_spans(always_on());
    let parent = global::tracer("test").start("parent");
    let parent = Context::new().with_span(parent);
    let command = roles::command("exits with", 3);
    block_on(
        K::run(Operation::Wait, command, [const { None }; 3], Some(&[]))
            .with_context(parent.with_telemetry_suppressed()),
    );
    assert_eq!(exporter.get_finished_spans().unwrap().len(), 0);

    parent.span().end();
    let [span] = exporter.get_finished_spans().unwrap().try_into().expect("one span");
    assert_eq!((span.attributes.len(), span.status), (0, Status::Unset));
}

fn span_id(cx: &Context) -> SpanId {
    cx.span().span_context().span_id()
}

pub(super) fn spawn_under_tracing<K: Kind>(_: &str) {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing_subscriber::registry().with(layer).init();
    global::set_tracer_provider(provider);

    let outer = info_span!("outer");
    block_on(
        async {
            tokio::task::yield_now().await;
            let command = roles::command("exits with", 0);
            K::run(Operation::Wait, command, [const { None }; 3], Some(&[])).await;
        }
        .instrument(outer.clone()),
    );
    let [span] = exporter.get_finished_spans().unwrap().try_into().expect("one span");
    assert_eq!(span.parent_span_id, span_id(&outer.context()));
    assert_eq!(span.span_context.trace_id(), trace_id(&outer.context()));
}

fn trace_id(cx: &Context) -> TraceId {
    cx.span().span_context().trace_id()
}

/// As many at once as there are file descriptors for; few where a process takes long to start.
const ROUNDS: u64 = if cfg!(windows) { 1 } else { 20 };

pub(super) fn spawn_many<K: AsyncKind>(_: &str) {
    let exporter = export_spans(always_on());
    block_on(async {
        for round in 0..ROUNDS {
            let children = (0..100).map(|n| tokio::spawn(spawn_numbered::<K>(round * 100 + n)));
            for child in children.collect::<Vec<_>>() {
                child.await.unwrap();
            }
        }
    });

    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(spans.len() as u64, ROUNDS * 100);
    let by_parent: HashMap<_, _> = spans.iter().map(|span| (span.parent_span_id, span)).collect();
    for number in 0..ROUNDS * 100 {
        let parent = with_numbered_span(number);
        let span = by_parent[&span_id(&parent)];
        assert_eq!(span.span_context.trace_id(), trace_id(&parent));
        assert_eq!(exit_code(span), i64::try_from(number % 5).unwrap());
    }
}

/// Its exit code depends on its number, and it receives its own span.
async fn spawn_numbered<K: AsyncKind>(number: u64) {
    let child = roles::command("child with an exit code", number % 5);
    let mut child = K::Command::from(child);
    K::set(&mut child, Stdio::null(), Stdio::piped(), false);
    let attached = with_numbered_span(number).attach();
    let child = K::spawn(child.in_span());
    drop(attached);
    let cx = child.context().clone();
    let output = K::wait_with_output(child).await.unwrap();
    let received = String::from_utf8(output.stdout).unwrap();
    assert_eq!(received, shown_by_child(&cx));
}

fn exit_code(span: &SpanData) -> i64 {
    let of_exit = span.attributes.iter().find(|at| at.key.as_str() == "process.exit.code");
    match of_exit.expect("an exit code").value {
        Value::I64(code) => code,
        ref other => panic!("{other:?}"),
    }
}
