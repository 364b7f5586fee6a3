//! Threads without a current span: on them the span around `main` counts.

use std::future::Future;
use std::thread;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::{EnvChanges, InSpan as _, MainSpan, WithTraceContext as _};
use tokio::runtime::Runtime;

use super::exported::Spans;
use crate::child::child;
use crate::fixtures::process::{NO_VARIABLES, in_process};

#[test]
fn a_child_of_a_thread_is_in_the_span_around_main() {
    is_in_the_span_around_main(|| thread::spawn(spawn_a_child).join().unwrap());
}

#[test]
fn a_child_of_a_task_of_tokio_is_in_the_span_around_main() {
    is_in_the_span_around_main(|| {
        block_on(async { tokio::spawn(async { spawn_a_child() }).await.unwrap() })
    });
}

#[test]
fn a_child_of_a_blocking_task_of_tokio_is_in_the_span_around_main() {
    is_in_the_span_around_main(|| {
        block_on(async { tokio::task::spawn_blocking(spawn_a_child).await.unwrap() })
    });
}

#[test]
fn a_span_of_ones_own_is_the_parent_all_the_same() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let _main = MainSpan::start();
        let own = Context::current_with_span(global::tracer("test").start("own"));
        let _current = own.clone().attach();
        assert_eq!(spawn_a_child(), EnvChanges::from_context(&own));
        assert_eq!(spans.only().parent_span_id, own.span().span_context().span_id());
    });
}

#[test]
fn of_several_spans_around_main_the_first_counts_until_it_ends() {
    in_process(NO_VARIABLES, "", || {
        let _spans = Spans::of_this_process();
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
fn the_baggage_around_main_counts_with_its_metadata() {
    in_process([("BAGGAGE", "build.id=42;property=1")], "", || {
        let _spans = Spans::of_this_process();
        let main = MainSpan::start();
        let changes = changes_on_another_thread();
        assert_eq!(changes, EnvChanges::from_context(main.context()));
        let baggage = ("BAGGAGE", Some("build.id=42;property=1"));
        assert!(changes.iter().any(|change| change == baggage), "{changes:?}");
    });
}

#[test]
fn baggage_of_a_thread_takes_the_place_of_that_around_main() {
    in_process([("BAGGAGE", "build.id=42")], "", || {
        let _spans = Spans::of_this_process();
        let main = MainSpan::start();
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

#[track_caller]
fn is_in_the_span_around_main(spawn: fn() -> EnvChanges) {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let main = MainSpan::start();
        assert_eq!(spawn(), EnvChanges::from_context(main.context()));
        let parent = main.context().span().span_context().clone();
        assert_eq!(spans.only().parent_span_id, parent.span_id());
    });
}

fn changes_on_another_thread() -> EnvChanges {
    thread::spawn(EnvChanges::from_current_context).join().unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    Runtime::new().unwrap().block_on(future)
}
