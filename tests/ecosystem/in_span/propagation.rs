//! What the child receives: exactly its span, or exactly what it would have received without one.

use std::env;
use std::io::{self, Read as _};
use std::process::Command;

use libtest_mimic::Trial;
use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::WithTraceContext as _;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, Sampler, SamplingDecision, SamplingResult, SdkTracerProvider,
    ShouldSample,
};

use crate::fixtures::contexts::{
    ALL, STALE, TRACE_ID, Variables, shown, with_baggage, with_numbered_span, with_span,
};
use crate::fixtures::roles::{self, lines};

use super::kinds::{Kind, Operation, With};
use super::{KINDS, always_on, block_on, export_spans};

struct Case {
    name: &'static str,
    provider: Provider,
    current: fn() -> Context,
    with: &'static [With],
    receives: Receives,
}

enum Provider {
    None,
    Set,
    /// Its sampler drops every span.
    Drops,
    /// Its sampler drops spans that are not [`IMPORTANT`].
    DropsUnimportant,
    ShutDown,
}

enum Receives {
    /// Its own span: the trace id, or `None` for a new trace; the flags; the other variables.
    Span(Option<&'static str>, &'static str, Variables),
    /// What it would have received without a span.
    Same(Variables),
    /// Nothing, though there is a span.
    Nothing,
}

const IMPORTANT: (&str, &str) = ("important", "yes");

/// Those of [`STALE`], which is what the process of the test inherits.
const STALE_TRACE_ID: &str = "11111111111111111111111111111111";
const STALE_STATE_AND_BAGGAGE: Variables = &[("BAGGAGE", "stale=1"), ("TRACESTATE", "stale=1")];
const CURRENT_BAGGAGE: Variables = &[("BAGGAGE", "build.id=42"), ("TRACESTATE", "stale=1")];

const STATE_AND_BAGGAGE: Variables = &[("BAGGAGE", "build.id=42"), ("TRACESTATE", "vendor=value")];

const CASES: &[Case] = &[
    Case {
        name: "a child continues its span, with tracestate and baggage",
        provider: Provider::Set,
        current: ALL.cx,
        with: &[],
        receives: Receives::Span(Some(TRACE_ID), "01", STATE_AND_BAGGAGE),
    },
    Case {
        name: "a child continues its span in a new trace, and nothing stale",
        provider: Provider::Set,
        current: Context::new,
        with: &[With::Parent(Context::new)],
        receives: Receives::Span(None, "01", &[]),
    },
    Case {
        name: "without a current span a child continues its span in the trace of its ancestors",
        provider: Provider::Set,
        current: Context::new,
        with: &[],
        receives: Receives::Span(Some(STALE_TRACE_ID), "01", STALE_STATE_AND_BAGGAGE),
    },
    Case {
        name: "a child continues its span in the trace of its ancestors, with the current baggage",
        provider: Provider::Set,
        current: || with_baggage(Context::new()),
        with: &[],
        receives: Receives::Span(Some(STALE_TRACE_ID), "01", CURRENT_BAGGAGE),
    },
    Case {
        name: "a child continues its span under an explicit parent, with its baggage",
        provider: Provider::Set,
        current: || with_numbered_span(7),
        with: &[With::Parent(ALL.cx)],
        receives: Receives::Span(Some(TRACE_ID), "01", STATE_AND_BAGGAGE),
    },
    Case {
        name: "a child that must not see the trace receives nothing",
        provider: Provider::Set,
        current: ALL.cx,
        with: &[With::NoTraceContext],
        receives: Receives::Nothing,
    },
    Case {
        name: "a child continues a span that is not sampled",
        provider: Provider::Drops,
        current: ALL.cx,
        with: &[],
        receives: Receives::Span(Some(TRACE_ID), "00", STATE_AND_BAGGAGE),
    },
    Case {
        name: "a child continues a span that is not sampled in a new trace",
        provider: Provider::Drops,
        current: Context::new,
        with: &[With::Parent(Context::new)],
        receives: Receives::Span(None, "00", &[]),
    },
    Case {
        name: "a child continues a span that a sampler drops for lack of an attribute",
        provider: Provider::DropsUnimportant,
        current: Context::new,
        with: &[With::Parent(Context::new), With::Attribute("important", "no")],
        receives: Receives::Span(None, "00", &[]),
    },
    Case {
        name: "a child continues a span that a sampler keeps for its attribute",
        provider: Provider::DropsUnimportant,
        current: Context::new,
        with: &[With::Parent(Context::new), With::Attribute(IMPORTANT.0, IMPORTANT.1)],
        receives: Receives::Span(None, "01", &[]),
    },
    Case {
        name: "without a provider and a parent a child inherits",
        provider: Provider::None,
        current: Context::new,
        with: &[],
        receives: Receives::Same(STALE),
    },
    Case {
        name: "without a provider a child receives the parent",
        provider: Provider::None,
        current: ALL.cx,
        with: &[],
        receives: Receives::Same(ALL.written),
    },
    Case {
        name: "without a provider a child receives the baggage",
        provider: Provider::None,
        current: || with_baggage(Context::new()),
        with: &[],
        receives: Receives::Same(&[("BAGGAGE", "build.id=42")]),
    },
    Case {
        name: "with a provider that was shut down and no parent a child inherits",
        provider: Provider::ShutDown,
        current: Context::new,
        with: &[],
        receives: Receives::Same(STALE),
    },
    Case {
        name: "with a provider that was shut down a child receives the parent",
        provider: Provider::ShutDown,
        current: ALL.cx,
        with: &[],
        receives: Receives::Same(ALL.written),
    },
    Case {
        name: "where telemetry is suppressed a child receives the parent",
        provider: Provider::Set,
        current: || with_baggage(with_span("vendor=value")).with_telemetry_suppressed(),
        with: &[],
        receives: Receives::Same(ALL.written),
    },
];

const OPERATIONS: [Operation; 3] = [Operation::Status, Operation::Output, Operation::Wait];

pub(super) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for (c, case) in CASES.iter().enumerate() {
        for (o, operation) in OPERATIONS.iter().enumerate() {
            tests.extend(KINDS.map(|kind| {
                let name = format!("{}: {kind}, {operation:?}", case.name);
                super::test(name, "propagates a span", format!("{kind} {c} {o}"))
            }));
        }
    }
    tests
}

pub(super) fn check<K: Kind>(indices: &str) {
    let (c, o) = indices.split_once(' ').unwrap();
    let case = &CASES[c.parse::<usize>().unwrap()];
    let operation = OPERATIONS[o.parse::<usize>().unwrap()];
    let exporter = set_provider(&case.provider);
    let _current = (case.current)().attach();

    let before = (env::vars_os().collect::<Vec<_>>(), shown(&Context::current()));
    let received = received(|command, stdout| {
        block_on(K::run(operation, command, [None, Some(stdout), None], Some(case.with))).stdout
    });
    assert_eq!((env::vars_os().collect::<Vec<_>>(), shown(&Context::current())), before);

    let expected = match case.receives {
        Receives::Span(trace_id, flags, others) => {
            let traceparent = of_its_span(&received, trace_id, flags);
            let traceparent = [("TRACEPARENT", &*traceparent)];
            lines(others.iter().copied().chain(traceparent).collect())
        }
        Receives::Same(variables) => {
            assert_eq!(received, received_without_span(), "without a span");
            lines(variables.iter().copied().collect())
        }
        Receives::Nothing => String::new(),
    };
    assert_eq!(received, expected);
    assert_exported(&case.receives, &received, &exporter);
}

fn set_provider(provider: &Provider) -> InMemorySpanExporter {
    match provider {
        Provider::None => InMemorySpanExporter::default(),
        Provider::Set => export_spans(always_on()),
        Provider::Drops => export_spans(Sampler::AlwaysOff),
        Provider::DropsUnimportant => export_spans(ByImportance),
        Provider::ShutDown => {
            let provider = SdkTracerProvider::default();
            global::set_tracer_provider(provider.clone());
            provider.shutdown().unwrap();
            InMemorySpanExporter::default()
        }
    }
}

#[derive(Clone, Debug)]
struct ByImportance;

impl ShouldSample for ByImportance {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        attributes: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let is_important = attributes.contains(&KeyValue::new(IMPORTANT.0, IMPORTANT.1));
        SamplingResult {
            decision: match is_important {
                true => SamplingDecision::RecordAndSample,
                false => SamplingDecision::Drop,
            },
            attributes: vec![],
            trace_state: TraceState::NONE,
        }
    }
}

/// The environment of the child, wherever it was written to.
fn received(run: impl FnOnce(Command, std::process::Stdio) -> String) -> String {
    let (mut reader, writer) = io::pipe().unwrap();
    let captured = run(roles::command("show its environment", ""), writer.into());
    let mut received = String::new();
    reader.read_to_string(&mut received).unwrap();
    received + &captured
}

fn received_without_span() -> String {
    received(|mut command, stdout| {
        assert!(command.with_trace_context().stdout(stdout).status().unwrap().success());
        drop(command);
        String::new()
    })
}

/// The `TRACEPARENT` that was received, or what it should have been.
fn of_its_span(received: &str, trace_id: Option<&str>, flags: &str) -> String {
    let received = received.lines().find_map(|line| line.strip_prefix("TRACEPARENT="));
    let parts: Vec<&str> = received.expect("a TRACEPARENT").split('-').collect();
    assert!(!STALE.iter().any(|(_, value)| value.contains(parts[2])), "{received:?}");
    if trace_id.is_none() {
        assert!(!STALE.iter().any(|(_, value)| value.contains(parts[1])), "{received:?}");
    }
    let current = Context::current();
    assert_ne!(parts[2], current.span().span_context().span_id().to_string());
    format!("00-{}-{}-{flags}", trace_id.unwrap_or(parts[1]), parts[2])
}

/// The span that was received is the span that is exported, if there is one.
fn assert_exported(receives: &Receives, received: &str, exporter: &InMemorySpanExporter) {
    let spans = exporter.get_finished_spans().unwrap();
    match receives {
        Receives::Span(_, "01", _) => {
            let [span] = spans.try_into().expect("one span");
            let span = span.span_context;
            let traceparent = format!("-{}-{}-", span.trace_id(), span.span_id());
            assert!(received.contains(&traceparent), "{received} of {traceparent}");
        }
        Receives::Nothing => assert_eq!(spans.len(), 1),
        _ => assert_eq!(spans.len(), 0),
    }
}
