//! What the child receives: exactly its span, or exactly what it would have received without one.

use std::env;
use std::process::Command;

use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::{InSpan as _, WithTraceContext as _};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, Sampler, SamplingDecision, SamplingResult, ShouldSample,
};

use crate::fixtures::contexts::{ALL, STALE, shown, with_baggage, with_numbered_span};
use crate::fixtures::roles::{self, Test, lines};

use super::async_process_commands::ASYNC_PROCESS;
use super::exporters::{FIRST, export_to_memory, export_to_memory_by, shut_down};
use super::operations::Operation;
use super::recorded::Options;
use super::std_commands::STD;
use super::tokio_commands::TOKIO;

const CONTINUED: &str = "BAGGAGE=build.id=42
TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-feed000000000001-01
TRACESTATE=vendor=value
";
const STARTED: &str = "TRACEPARENT=00-feedfeedfeedfeedfeedfeedfeedfeed-feed000000000001-01\n";
const INHERITED: &str = "BAGGAGE=stale=1
TRACEPARENT=00-11111111111111111111111111111111-feed000000000001-01
TRACESTATE=stale=1
";

pub(super) fn tests() -> Vec<Test> {
    let mut tests = with_a_span();
    tests.extend(without_a_span());
    tests.push(by_method(STD.status));
    tests.push(by_method(STD.wait));
    if cfg!(not(windows)) {
        tests.push(by_method(TOKIO.status));
        tests.push(by_method(TOKIO.wait));
        tests.push(by_method(ASYNC_PROCESS.status));
        tests.push(by_method(ASYNC_PROCESS.wait));
    }
    tests
}

fn with_a_span() -> Vec<Test> {
    let test =
        |name, received: &str, play: fn()| roles::test(name, STALE.iter().copied(), play, received);
    let unsampled = |received: &str| received.replace("0001-01", "0001-00");
    let with_current_baggage = INHERITED.replace("BAGGAGE=stale=1", "BAGGAGE=build.id=42");
    vec![
        test("a child continues its span, with tracestate and baggage", CONTINUED, || {
            receives_a_span((ALL.cx)(), |command| command);
        }),
        test(
            "a child continues its span under an explicit parent, with its baggage",
            CONTINUED,
            || {
                receives_a_span(with_numbered_span(7), |command| command.with_parent(&(ALL.cx)()));
            },
        ),
        test("a child continues its span in a new trace, and nothing stale", STARTED, || {
            receives_a_span(Context::new(), |command| command.with_parent(&Context::new()));
        }),
        test("a child continues its span in the trace of its ancestors", INHERITED, || {
            receives_a_span(Context::new(), |command| command);
        }),
        test(
            "a child in the trace of its ancestors receives current baggage",
            &with_current_baggage,
            || {
                receives_a_span(with_baggage(Context::new()), |command| command);
            },
        ),
        test("a child that must not see the trace receives nothing", "", || {
            receives_a_span((ALL.cx)(), |command| command.without_trace_context());
        }),
        test("a child continues a span that is not sampled", &unsampled(CONTINUED), || {
            receives(export_to_memory_by(Sampler::AlwaysOff), 0, (ALL.cx)(), |command| command);
        }),
        test("a child continues a new trace that is not sampled", &unsampled(STARTED), || {
            receives(export_to_memory_by(Sampler::AlwaysOff), 0, Context::new(), |command| {
                command.with_parent(&Context::new())
            });
        }),
        test("a sampler may drop a span for lack of an attribute", &unsampled(STARTED), || {
            receives(export_to_memory_by(Important), 0, Context::new(), |command| {
                let command = command.with_attributes([KeyValue::new("important", "no")]);
                command.with_parent(&Context::new())
            });
        }),
        test("a sampler may keep a span for its attribute", STARTED, || {
            receives(export_to_memory_by(Important), 1, Context::new(), |command| {
                let command = command.with_attributes([KeyValue::new("important", "yes")]);
                command.with_parent(&Context::new())
            });
        }),
    ]
}

fn receives_a_span(current: Context, options: Options) {
    receives(export_to_memory(), 1, current, options);
}

/// Prints what the child receives. Nothing else changes, and so many spans are exported.
fn receives(exporter: InMemorySpanExporter, spans: usize, current: Context, options: Options) {
    let _current = current.attach();
    let surroundings = || (env::vars_os().collect::<Vec<_>>(), shown(&Context::current()));
    let before = surroundings();
    let output = options(child().in_span()).output().unwrap();
    assert_eq!(surroundings(), before);
    print!("{}", String::from_utf8(output.stdout).unwrap());
    let exported = exporter.get_finished_spans().unwrap();
    assert!(exported.iter().all(|span| span.span_context.span_id().to_string() == FIRST));
    assert_eq!(exported.len(), spans);
}

fn child() -> Command {
    roles::command("show its environment", "")
}

/// Samples what is important.
#[derive(Clone, Debug)]
struct Important;

impl ShouldSample for Important {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        attributes: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let decision = match attributes.contains(&KeyValue::new("important", "yes")) {
            true => SamplingDecision::RecordAndSample,
            false => SamplingDecision::Drop,
        };
        SamplingResult { decision, attributes: vec![], trace_state: TraceState::NONE }
    }
}

/// The child receives what it would have received without `in_span`, so everything is there twice.
fn without_a_span() -> Vec<Test> {
    let test = |name, exporter: fn() -> InMemorySpanExporter, adapt: fn(Context) -> Context| {
        let play = move || {
            let exporter = exporter();
            for current in [Context::new(), (ALL.cx)(), with_baggage(Context::new())] {
                let current = adapt(current);
                receives(exporter.clone(), 0, current.clone(), |command| command);
                let _current = current.attach();
                assert!(child().with_trace_context().status().unwrap().success());
            }
        };
        let received = [STALE, ALL.written, &[("BAGGAGE", "build.id=42")]];
        let received = received.map(|all| lines(all.iter().copied().collect()).repeat(2));
        roles::test(name, STALE.iter().copied(), play, received.concat())
    };
    vec![
        test("without a provider a span changes nothing", InMemorySpanExporter::default, |cx| cx),
        test(
            "with a provider that was shut down a span changes nothing",
            || {
                shut_down();
                InMemorySpanExporter::default()
            },
            |cx| cx,
        ),
        test("where telemetry is suppressed a span changes nothing", export_to_memory, |cx| {
            cx.with_telemetry_suppressed()
        }),
    ]
}

/// Beside `output()`. The child inherits the standard output.
fn by_method(Operation { name, run }: Operation) -> Test {
    let play = move || {
        export_to_memory();
        let _current = (ALL.cx)().attach();
        run(child(), [None, None, None], true).unwrap();
    };
    let name = format!("a child continues its span with {name}");
    roles::test(name, STALE.iter().copied(), play, CONTINUED)
}
