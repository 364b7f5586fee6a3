//! The span around `main`: its parent, its options, and what is current in it. (For other threads, see `threads`.)

#[cfg(target_os = "linux")]
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::process::id;
#[cfg(target_os = "linux")]
use std::{env, fs};

use opentelemetry::trace::{
    Link, SpanId, SpanKind, TraceContextExt as _, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_env_carrier::MainSpan;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample,
};
use tracing::level_filters::LevelFilter;

use super::exported::{NEW_TRACE, Spans, attribute, shut_down};
use crate::fixtures::contexts::{
    ALL, NO_SPAN, SPAN, SPAN_ID, TRACE_ID, shown, with_baggage, with_numbered_span,
};
use crate::fixtures::process::{NO_VARIABLES, in_process};
#[cfg(unix)]
use crate::fixtures::process::{output, process};
use crate::fixtures::subscriber::install_printer;

#[test]
fn the_extracted_span_is_its_parent_and_it_is_current() {
    inherits_all(|| {
        let spans = Spans::of_this_process();
        let main = MainSpan::start();
        assert_eq!(shown(&Context::current()), shown(main.context()));
        let carried = "tracestate vendor=value, baggage build.id=42";
        assert!(shown(main.context()).ends_with(carried), "{}", shown(main.context()));
        drop(main);
        assert_eq!(shown(&Context::current()), NO_SPAN);
        let span = spans.only();
        assert_eq!(span.span_context.trace_id().to_string(), TRACE_ID);
        assert_eq!(span.parent_span_id.to_string(), SPAN_ID);
        assert_eq!(attribute(&span, "process.pid"), Some(Value::I64(id().into())));
    });
}

#[test]
fn a_parent_that_is_given_takes_the_place_of_the_extracted_one() {
    inherits_all(|| {
        let spans = Spans::of_this_process();
        let parent = with_baggage(with_numbered_span(7));
        let main = MainSpan::builder().with_parent(&parent).start();
        assert_eq!(shown(&Context::current()), shown(main.context()));
        assert!(shown(main.context()).ends_with("-01, baggage build.id=42"));
        drop(main);
        assert_eq!(spans.only().parent_span_id, parent.span().span_context().span_id());
    });
}

#[test]
fn what_is_wrong_with_the_extracted_parent_is_logged() {
    in_process(
        [("TRACEPARENT", "malformed")],
        " WARN opentelemetry_env_carrier: Cannot fully extract the parent context name=\"EnvCarrier.ParentContextIncomplete\" reason=\"environment variable TRACEPARENT is set, but holds no valid span context\"\n",
        || {
            install_printer(LevelFilter::WARN);
            drop(MainSpan::start());
        },
    );
}

#[test]
fn a_tracer_of_its_own_takes_the_place_of_the_global_one() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        drop(MainSpan::builder().with_tracer(&provider.tracer("its own")).start());
        assert!(spans.ended().is_empty());
        assert_eq!(exporter.get_finished_spans().unwrap().len(), 1);
    });
}

#[test]
fn its_name_and_attributes_may_be_given_and_its_arguments_recorded() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let attributes = [KeyValue::new("first", "1")];
        let main = MainSpan::builder().with_name("a name").with_attributes(attributes);
        drop(main.with_arguments().start());
        let span = "Internal a name: first='1' process.executable.name='main' \
                    process.executable.path='PATH' \
                    process.command_args=[\"PATH\",\"--quiet\",\"--nocapture\",";
        assert!(spans.shown()[0].starts_with(span), "{:?}", spans.shown());
    });
}

/// Its name and path are those of its file all the same.
#[cfg(unix)]
#[test]
fn the_first_argument_is_what_the_program_was_called_as() {
    use std::os::unix::process::CommandExt as _;

    let mut alias = process(|| {
        let spans = Spans::of_this_process();
        drop(MainSpan::builder().with_arguments().start());
        let [span] = spans.shown().try_into().unwrap();
        assert!(
            span.contains(r#".path='PATH' process.command_args=["alias","--quiet","#),
            "{span}"
        );
    });
    assert_eq!(output(alias.arg0("alias")), "");
}

/// Though Linux marks its path with ` (deleted)`.
#[cfg(target_os = "linux")]
#[test]
fn a_program_whose_file_is_deleted_while_it_runs_keeps_its_name() {
    let program = process(|| {
        fs::remove_file(env::current_exe().unwrap()).unwrap();
        show_name_and_path();
    });
    runs_in_a_file_called("deleted", program);
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_may_really_be_called_deleted() {
    let program = process(show_name_and_path);
    runs_in_a_file_called("really (deleted)", program);
}

#[cfg(target_os = "linux")]
fn show_name_and_path() {
    let spans = Spans::of_this_process();
    drop(MainSpan::start());
    let span = spans.only();
    println!("{} {}", span.name, attribute(&span, "process.executable.path").unwrap());
}

#[cfg(target_os = "linux")]
#[track_caller]
fn runs_in_a_file_called(name: &str, program: Command) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&file);
    fs::hard_link(program.get_program(), &file).unwrap();
    let shown = output(Command::new(&file).args(program.get_args()));
    assert_eq!(shown, format!("{name} {}\n", file.display()));
}

#[test]
fn a_linked_parent_is_in_another_trace_and_its_baggage_is_kept() {
    inherits_all(|| {
        let spans = Spans::of_this_process_with(HasALink);
        let main = MainSpan::builder().with_linked_parent().start();
        assert!(shown(main.context()).ends_with("-01, baggage build.id=42"));
        assert_eq!(shown(&Context::current()), shown(main.context()));
        drop(main);
        let span = spans.only();
        assert_eq!(span.span_context.trace_id().to_string(), NEW_TRACE);
        assert_eq!(span.parent_span_id, SpanId::INVALID);
        let [link] = &*span.links.links else { panic!("one link") };
        assert_eq!(link.span_context.trace_id().to_string(), TRACE_ID);
        assert_eq!(link.span_context.span_id().to_string(), SPAN_ID);
    });
}

#[test]
fn a_linked_parent_may_be_given_or_missing_and_telemetry_stays_suppressed() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let parent = with_numbered_span(7);
        drop(MainSpan::builder().with_parent(&parent).with_linked_parent().start());
        drop(MainSpan::builder().with_linked_parent().start());
        let parent = parent.with_telemetry_suppressed();
        drop(MainSpan::builder().with_parent(&parent).with_linked_parent().start());
        let links: Vec<usize> = spans.ended().iter().map(|span| span.links.len()).collect();
        assert_eq!(links, [1, 0]);
    });
}

#[test]
fn without_a_provider_a_linked_parent_is_the_parent_context() {
    inherits_all(|| {
        let main = MainSpan::builder().with_linked_parent().start();
        assert!(shown(main.context()).starts_with(SPAN));
    });
}

#[test]
fn without_a_provider_the_parent_context_is_current() {
    inherits_all(stay_in_the_parent);
}

#[test]
fn after_the_shutdown_of_the_provider_the_parent_context_is_current() {
    inherits_all(|| {
        shut_down();
        stay_in_the_parent();
    });
}

#[test]
fn where_telemetry_is_suppressed_the_parent_context_is_current() {
    inherits_all(|| {
        let _spans = Spans::of_this_process();
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        stay_in_the_parent();
    });
}

/// A process that inherits [`ALL`].
#[track_caller]
fn inherits_all(part: impl FnOnce()) {
    in_process(ALL.written.iter().copied(), "", part);
}

/// Samples a span that has a link when it starts.
#[derive(Clone, Debug)]
struct HasALink;

impl ShouldSample for HasALink {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let decision = match links {
            [] => SamplingDecision::Drop,
            _ => SamplingDecision::RecordAndSample,
        };
        SamplingResult { decision, attributes: vec![], trace_state: TraceState::NONE }
    }
}

/// There is no span.
fn stay_in_the_parent() {
    let main = MainSpan::start();
    let parent = format!("{SPAN}, tracestate vendor=value, baggage build.id=42");
    assert_eq!(shown(main.context()), parent);
    assert_eq!(shown(&Context::current()), parent);
    drop(main);
    assert_eq!(shown(&Context::current()), NO_SPAN);
}
