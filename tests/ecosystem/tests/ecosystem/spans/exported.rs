//! The spans that a test exports, and how they are shown.

use std::env;
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::ContextGuard;
use opentelemetry_sdk::trace::{
    IdGenerator, InMemorySpanExporter, Sampler, SamplingDecision, SamplingResult,
    SdkTracerProvider, ShouldSample, SpanData,
};

use super::*;

/// The span of a child that runs the program `child`, as it is shown without its end.
pub(crate) const CHILD: &str =
    "Client child: process.executable.name='child' process.executable.path='PATH' process.pid=PID";
/// The same, where this crate does not see the child's process id.
pub(crate) const CHILD_WITHOUT_PID: &str =
    "Client child: process.executable.name='child' process.executable.path='PATH'";
/// The span of a child that is not spawned.
pub(crate) const WORKER: &str = "Client worker: process.executable.name='worker'";
/// The span around the `main` of this program.
pub(crate) const MAIN: &str =
    "Internal main: process.executable.name='main' process.executable.path='PATH' process.pid=PID";

/// The end of the span of a process that exits with 0.
pub(crate) const SUCCEEDED: &str = "process.exit.code=0 Unset";
/// The end of the span of a process that exits with 3.
pub(crate) const FAILED: &str = "process.exit.code=3 error.type='3' Error";

pub(crate) const NEW_TRACE: &str = "feedfeedfeedfeedfeedfeedfeedfeed";
/// The id of the first span of a process.
pub(crate) const FIRST_SPAN: &str = "feed000000000001";

pub(crate) struct Spans {
    exporter: InMemorySpanExporter,
    /// The trace of this test, if there may be others.
    trace: Option<(TraceId, ContextGuard)>,
}

impl Spans {
    /// Those of this test. It is in a trace of its own, because the tracer provider is global: from now on a span
    /// of that trace is current on this thread.
    pub(crate) fn of_this_test() -> Self {
        static EXPORTER: LazyLock<InMemorySpanExporter> =
            LazyLock::new(|| export_to_memory(Sampler::AlwaysOn));
        static TESTS: AtomicU64 = AtomicU64::new(0);

        let exporter = EXPORTER.clone();
        let parent = with_numbered_span(TESTS.fetch_add(1, Ordering::Relaxed));
        let trace_id = parent.span().span_context().trace_id();
        Self { exporter, trace: Some((trace_id, parent.attach())) }
    }

    /// Those of this process, which is one of its own. Their ids are numbered: the first is [`FIRST_SPAN`].
    pub(crate) fn of_this_process() -> Self {
        Self::of_this_process_with(Sampler::AlwaysOn)
    }

    pub(crate) fn of_this_process_with(sampler: impl ShouldSample + 'static) -> Self {
        Self { exporter: export_to_memory(sampler), trace: None }
    }

    /// In the order in which they ended.
    pub(crate) fn ended(&self) -> Vec<SpanData> {
        let mut spans = self.exporter.get_finished_spans().unwrap();
        if let Some((trace_id, _)) = self.trace {
            spans.retain(|span| span.span_context.trace_id() == trace_id);
        }
        spans
    }

    /// Returns how many have ended, on any thread.
    pub(crate) fn counter(&self) -> impl Fn() -> usize + Send + Sync + 'static + use<> {
        let exporter = self.exporter.clone();
        move || exporter.get_finished_spans().unwrap().len()
    }

    #[track_caller]
    pub(crate) fn only(&self) -> SpanData {
        let [span] = self.ended().try_into().expect("one span");
        span
    }

    pub(crate) fn shown(&self) -> Vec<String> {
        self.ended().iter().map(shown).collect()
    }
}

/// Like [`in_process`], with the spans of that process.
#[track_caller]
pub(crate) fn in_process_with_spans(variables: Variables, writes: &str, part: impl FnOnce(Spans)) {
    in_process(variables.iter().copied(), writes, || part(Spans::of_this_process()));
}

fn export_to_memory(sampler: impl ShouldSample + 'static) -> InMemorySpanExporter {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_id_generator(Numbered(AtomicU64::new(1)))
        .with_sampler(sampler)
        .with_simple_exporter(exporter.clone());
    global::set_tracer_provider(provider.build());
    exporter
}

/// There is a provider, but it makes no spans.
pub(crate) fn shut_down() {
    let provider = SdkTracerProvider::default();
    global::set_tracer_provider(provider.clone());
    provider.shutdown().unwrap();
}

pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<Value> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    attribute.map(|attribute| attribute.value.clone())
}

#[track_caller]
pub(crate) fn assert_parent(span: &SpanData, parent: &Context) {
    let parent = parent.span().span_context().clone();
    assert_eq!(span.span_context.trace_id(), parent.trace_id());
    assert_eq!(span.parent_span_id, parent.span_id());
}

/// A span on a line, with its attributes in the order in which they were recorded. What differs each time has a
/// name instead: a program, its path, and its process id.
fn shown(span: &SpanData) -> String {
    let mut line = format!("{:?} {}:", span.span_kind, span.name);
    for KeyValue { key, value, .. } in &span.attributes {
        match value {
            Value::I64(1..) if key.as_str() == "process.pid" => write!(line, " {key}=PID"),
            Value::String(text) => write!(line, " {key}='{text}'"),
            other => write!(line, " {key}={other}"),
        }
        .unwrap();
    }
    match &span.status {
        Status::Error { description } if description.is_empty() => write!(line, " Error"),
        Status::Error { description } => write!(line, " Error: {description}"),
        other => write!(line, " {other:?}"),
    }
    .unwrap();
    for (path, name) in [(crate::child::path(), "child"), (env::current_exe().unwrap(), "main")] {
        let file_name = path.file_name().unwrap().to_str().unwrap();
        line = line.replace(path.to_str().unwrap(), "PATH").replace(file_name, name);
    }
    line
}

/// Samples a span if this says so of the attributes and links that it starts with.
#[derive(Clone, Debug)]
pub(crate) struct SampledIf(pub(crate) fn(&[KeyValue], &[Link]) -> bool);

impl ShouldSample for SampledIf {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let decision = if (self.0)(attributes, links) {
            SamplingDecision::RecordAndSample
        } else {
            SamplingDecision::Drop
        };
        SamplingResult { decision, attributes: vec![], trace_state: TraceState::NONE }
    }
}

#[derive(Debug)]
struct Numbered(AtomicU64);

impl IdGenerator for Numbered {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_hex(NEW_TRACE).unwrap()
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(0xfeed_0000_0000_0000 + self.0.fetch_add(1, Ordering::Relaxed))
    }
}
