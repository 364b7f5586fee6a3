//! With `tracing`: which span a child continues, and which span of the child continues it.

use std::process::Command;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_env_carrier::{WithTraceContext as _, extract_parent_context};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};
use tokio::runtime::Runtime;
use tracing::{Instrument as _, Span, info_span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::fixtures::contexts::TRACEPARENT;
use crate::fixtures::roles::{self, Test, test};

/// Each process checks for itself, and has nothing to say if all is well.
pub(crate) fn tests() -> Vec<Test> {
    let tests: [(&str, fn()); 8] = [
        ("a child continues the innermost entered span", with_nested_spans),
        ("a child continues its span across awaits and in spawned tasks", that_awaits),
        (
            "an OpenTelemetry layer exports no event of this crate with the user's own span",
            that_logs_everything,
        ),
        (
            "without context activation a child continues the span that it is given",
            without_context_activation,
        ),
        ("a span that is not sampled carries its decision on", that_is_not_sampled),
        ("a child that attaches first has all its spans in the trace", child_that_attaches),
        ("a child can set the parent of its root span instead", child_that_sets_the_parent),
        (
            "a child that attaches after its first span leaves that span out",
            child_that_attaches_too_late,
        ),
    ];
    let inherited = [("TRACEPARENT", TRACEPARENT)];
    tests.map(|(name, play)| test(name, inherited, play, "")).into()
}

fn with_nested_spans() {
    trace_with(Sampler::AlwaysOn, true);
    #[instrument]
    fn inner() {
        assert_child_continues(&Span::current());
    }
    let outer = info_span!("outer").entered();
    assert_child_continues(&outer);
    inner();
    let second = info_span!("second").entered();
    assert_child_continues(&second);
    drop(second);
    assert_child_continues(&outer);
}

fn that_awaits() {
    trace_with(Sampler::AlwaysOn, true);
    #[instrument]
    async fn step(n: usize) {
        for _ in 0..3 {
            assert_child_continues(&Span::current());
            tokio::task::yield_now().await;
        }
    }
    Runtime::new().unwrap().block_on(async {
        tokio::join!(step(1), step(2), step(3));
        let tasks = (4..10).map(|n| tokio::spawn(step(n).instrument(info_span!("task", n))));
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

fn that_logs_everything() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing_subscriber::registry().with(layer).init();
    let span = info_span!("outer").entered();
    tracing::debug!("an event of the program itself");
    Command::new("child").with_trace_context();
    drop(extract_parent_context());
    drop(span);
    let [span] = exporter.get_finished_spans().unwrap().try_into().expect("one span");
    let events = span.events.iter().map(|event| &*event.name).collect::<Vec<_>>();
    assert_eq!(events, ["an event of the program itself"]);
}

fn without_context_activation() {
    trace_with(Sampler::AlwaysOn, false);
    let span = info_span!("outer");
    let _entered = span.enter();
    assert_eq!(received(|child| _ = child.with_trace_context()), TRACEPARENT, "what is inherited");
    let cx = span.context();
    assert_eq!(received(|child| _ = child.with_trace_context_from(&cx)), traceparent(&cx));
}

fn that_is_not_sampled() {
    trace_with(Sampler::AlwaysOff, true);
    let span = info_span!("outer").entered();
    let cx = span.context();
    let received = received(|child| _ = child.with_trace_context());
    assert_eq!(received, traceparent(&cx));
    assert!(received.ends_with("-00"), "{received}");
}

fn child_that_attaches() {
    let _parent = extract_parent_context().attach();
    trace_with(Sampler::AlwaysOn, true);
    let root = info_span!("root").entered();
    assert_eq!(trace_id(&root), TRACEPARENT[3..35]);
    assert_eq!(trace_id(&info_span!("below")), TRACEPARENT[3..35]);
}

fn child_that_sets_the_parent() {
    trace_with(Sampler::AlwaysOn, true);
    let root = info_span!("root");
    root.set_parent(extract_parent_context()).unwrap();
    let root = root.entered();
    assert_eq!(trace_id(&root), TRACEPARENT[3..35]);
    assert_eq!(trace_id(&info_span!("below")), TRACEPARENT[3..35]);
}

fn child_that_attaches_too_late() {
    trace_with(Sampler::AlwaysOn, true);
    let root = info_span!("root").entered();
    let _parent = extract_parent_context().attach();
    assert_ne!(trace_id(&root), TRACEPARENT[3..35]);
}

fn trace_with(sampler: Sampler, context_activation: bool) {
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let layer = layer.with_context_activation(context_activation);
    tracing_subscriber::registry().with(layer).init();
}

fn assert_child_continues(span: &Span) {
    let received = received(|child| _ = child.with_trace_context());
    assert_eq!(received, traceparent(&span.context()));
}

/// The `TRACEPARENT` that a child received.
fn received(inject: impl Fn(&mut Command)) -> String {
    let mut child = roles::command("show its environment", "");
    inject(&mut child);
    let shown = roles::output(&mut child).unwrap();
    let variable = shown.lines().find_map(|line| line.strip_prefix("TRACEPARENT="));
    variable.unwrap_or_default().to_owned()
}

fn traceparent(cx: &Context) -> String {
    let span = cx.span();
    let span = span.span_context();
    assert!(span.is_valid());
    format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags())
}

fn trace_id(span: &Span) -> String {
    span.context().span().span_context().trace_id().to_string()
}
