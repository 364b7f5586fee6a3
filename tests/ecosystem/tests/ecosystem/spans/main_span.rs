//! The span around `main`: its parent, its options, and what is current in it. (For other threads, see `threads`.)

use std::mem;

use tracing::level_filters::LevelFilter;

use super::*;
use crate::fixtures::subscriber::install_printer;

#[test]
fn the_extracted_span_is_its_parent_and_it_is_current() {
    in_process_with_spans(ALL.written, "", |spans| {
        let main = MainSpan::start();
        assert_eq!(shown(&Context::current()), shown(main.context()));
        let carried = "tracestate vendor=value, baggage build.id=42";
        assert_eq!(shown(main.context()), format!("span {TRACE_ID}-{FIRST_SPAN}-01, {carried}"));
        drop(main);
        assert_eq!(shown(&Context::current()), NO_SPAN);
        assert_parent(&spans.only(), &(ALL.cx)());
    });
}

#[test]
fn a_parent_that_is_given_takes_the_place_of_the_extracted_one() {
    in_process_with_spans(ALL.written, "", |spans| {
        let parent = with_baggage(with_numbered_span(7));
        let main = MainSpan::builder().with_parent(&parent).start();
        assert_eq!(shown(&Context::current()), shown(main.context()));
        assert!(shown(main.context()).ends_with("-01, baggage build.id=42"));
        drop(main);
        assert_parent(&spans.only(), &parent);
    });
}

#[test]
fn what_is_wrong_with_the_extracted_parent_is_logged() {
    let logged = " WARN opentelemetry_env_carrier: Cannot fully extract the parent context name=\"EnvCarrier.ParentContextIncomplete\" reason=\"environment variable TRACEPARENT is set, but holds no valid span context\"\n";
    in_process([("TRACEPARENT", "malformed")], logged, || {
        install_printer(LevelFilter::WARN);
        drop(MainSpan::start());
    });
}

#[test]
fn its_name_and_attributes_may_be_given_and_its_arguments_recorded() {
    in_process_with_spans(&[], "", |spans| {
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
        let expected = r#".path='PATH' process.command_args=["alias","--quiet","#;
        assert!(spans.shown()[0].contains(expected), "{:?}", spans.shown());
    });
    assert_eq!(output(alias.arg0("alias")), "");
}

/// Though Linux adds ` (deleted)` to the path of a file that is deleted while it runs.
#[cfg(target_os = "linux")]
#[test]
fn a_program_keeps_its_name_if_its_file_is_deleted_and_if_it_is_really_called_deleted() {
    use std::path::Path;
    use std::{env, fs};

    fn show_name_and_path() {
        let spans = Spans::of_this_process();
        drop(MainSpan::start());
        let span = spans.only();
        println!("{} {}", span.name, attribute(&span, "process.executable.path").unwrap());
    }
    let deleted = process(|| {
        fs::remove_file(env::current_exe().unwrap()).unwrap();
        show_name_and_path();
    });
    let not_deleted = process(show_name_and_path);
    for (name, program) in [("deleted", deleted), ("really (deleted)", not_deleted)] {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_file(&file);
        fs::hard_link(program.get_program(), &file).unwrap();
        let shown = output(Command::new(&file).args(program.get_args()));
        assert_eq!(shown, format!("{name} {}\n", file.display()));
    }
}

#[test]
fn a_linked_parent_is_in_another_trace_and_its_baggage_is_kept() {
    in_process(ALL.written.iter().copied(), "", || {
        let spans = Spans::of_this_process_with(SampledIf(|_, links| !links.is_empty()));
        let main = MainSpan::builder().with_linked_parent().start();
        let expected = format!("span {NEW_TRACE}-{FIRST_SPAN}-01, baggage build.id=42");
        assert_eq!(shown(main.context()), expected);
        assert_eq!(shown(&Context::current()), expected);
        drop(main);
        let span = spans.only();
        assert_eq!(span.parent_span_id, SpanId::INVALID);
        let [link] = &*span.links.links else { panic!("one link") };
        assert_eq!(link.span_context.trace_id().to_string(), TRACE_ID);
        assert_eq!(link.span_context.span_id().to_string(), SPAN_ID);
    });
}

#[test]
fn a_linked_parent_may_be_given_or_missing_and_telemetry_stays_suppressed() {
    in_process_with_spans(&[], "", |spans| {
        let parent = with_numbered_span(7);
        drop(MainSpan::builder().with_parent(&parent).with_linked_parent().start());
        drop(MainSpan::builder().with_linked_parent().start());
        let parent = parent.with_telemetry_suppressed();
        drop(MainSpan::builder().with_parent(&parent).with_linked_parent().start());
        let links: Vec<usize> = spans.ended().iter().map(|span| span.links.len()).collect();
        assert_eq!(links, [1, 0]);
    });
}

/// Without a provider, after its shutdown, and where telemetry is suppressed.
#[test]
fn where_there_are_no_spans_the_parent_context_is_current_even_if_it_is_to_be_linked() {
    let suppress = || {
        let _spans = Spans::of_this_process();
        mem::forget(Context::enter_telemetry_suppressed_scope());
    };
    for set_up in [|| {}, shut_down, suppress] {
        in_process(ALL.written.iter().copied(), "", || {
            set_up();
            for builder in [MainSpan::builder(), MainSpan::builder().with_linked_parent()] {
                let main = builder.start();
                let parent = format!("{SPAN}, tracestate vendor=value, baggage build.id=42");
                assert_eq!(shown(main.context()), parent);
                assert_eq!(shown(&Context::current()), parent);
                drop(main);
                assert_eq!(shown(&Context::current()), NO_SPAN);
            }
        });
    }
}
