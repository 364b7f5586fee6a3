//! Threads without a current span: on them the span around `main` counts.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry_env_carrier::EnvChanges;

use super::*;

#[test]
fn a_child_of_another_thread_or_of_a_task_of_tokio_is_in_the_span_around_main() {
    in_process_with_spans(&[], "", |spans| {
        let main = MainSpan::start();
        let runtime = Runtime::new().unwrap();
        let injected = [
            thread::spawn(spawn_a_child).join().unwrap(),
            runtime.block_on(runtime.spawn(async { spawn_a_child() })).unwrap(),
            runtime.block_on(runtime.spawn_blocking(spawn_a_child)).unwrap(),
        ];
        assert_eq!(injected, [(); 3].map(|()| EnvChanges::from_context(main.context())));
        assert_eq!(spans.ended().len(), 3);
        for span in spans.ended() {
            assert_parent(&span, main.context());
        }
    });
}

#[test]
fn a_span_of_ones_own_is_the_parent_all_the_same() {
    in_process_with_spans(&[], "", |spans| {
        let _main = MainSpan::start();
        let own = Context::current_with_span(global::tracer("test").start("own"));
        let _current = own.clone().attach();
        assert_eq!(spawn_a_child(), EnvChanges::from_context(&own));
        assert_parent(&spans.only(), &own);
    });
}

#[test]
fn of_several_spans_around_main_the_first_counts_until_it_ends() {
    in_process_with_spans(&[], "", |_spans| {
        let first = MainSpan::start();
        let of_first = EnvChanges::from_context(first.context());
        let second = MainSpan::start();
        assert_eq!(changes_on_another_thread(), of_first);
        drop(second);
        assert_eq!(changes_on_another_thread(), of_first);
        let third = MainSpan::start();
        drop(first);
        assert_eq!(changes_on_another_thread(), EnvChanges::new());
        drop(third);
        let fourth = MainSpan::start();
        assert_eq!(changes_on_another_thread(), EnvChanges::from_context(fourth.context()));
    });
}

#[test]
fn the_baggage_around_main_counts_with_its_metadata_unless_a_thread_has_its_own() {
    in_process_with_spans(&[("BAGGAGE", "build.id=42;property=1")], "", |_spans| {
        let main = MainSpan::start();
        let changes = changes_on_another_thread();
        assert_eq!(changes, EnvChanges::from_context(main.context()));
        let baggage = ("BAGGAGE", Some("build.id=42;property=1"));
        assert!(changes.iter().any(|change| change == baggage), "{changes:?}");

        let own = [KeyValue::new("own", "1")];
        let expected = EnvChanges::from_context(&main.context().with_baggage(own.clone()));
        let changes = thread::spawn(|| {
            let _own = Context::new().with_baggage(own).attach();
            EnvChanges::from_current_context()
        });
        assert_eq!(changes.join().unwrap(), expected);
    });
}

/// Returns what is injected where it is spawned.
fn spawn_a_child() -> EnvChanges {
    child("exit 0").in_span().status().unwrap();
    let mut changes = EnvChanges::new();
    changes.with_trace_context();
    assert_eq!(changes, EnvChanges::from_current_context());
    changes
}

fn changes_on_another_thread() -> EnvChanges {
    thread::spawn(EnvChanges::from_current_context).join().unwrap()
}
