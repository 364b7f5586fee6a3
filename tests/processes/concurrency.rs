//! Several threads, and the runtimes of asynchronous commands: a context belongs to its thread.

use std::process::Command;
use std::thread;

use opentelemetry_env_carrier::{EnvChanges, MainSpan, WithTraceContext as _};

use crate::fixtures::contexts::{SPAN, STALE, TRACEPARENT, shown_by_child, with_numbered_span};
use crate::fixtures::process::{in_process, output, process};
use crate::fixtures::shown::{parent, show_parent};

/// Few where a process takes long to start.
const CHILDREN: usize = if cfg!(windows) { 10 } else { 50 };

#[test]
fn children_of_many_threads_each_continue_their_own_span() {
    let children = children_that_show_their_parent();
    in_process(STALE.iter().copied(), "", || {
        thread::scope(|scope| {
            for (number, mut child) in children.into_iter().enumerate() {
                scope.spawn(move || {
                    let cx = with_numbered_span(number as u64);
                    let _current = cx.clone().attach();
                    assert_eq!(output(child.with_trace_context()), shown_by_child(&cx));
                });
            }
        });
    });
}

/// A test for each row: many children that a runtime spawns at once.
#[cfg(all(feature = "tokio", feature = "async-process"))]
macro_rules! each_continues_its_own_span {
    ($($name:ident: $command:ty;)*) => {$(
        #[test]
        fn $name() {
            let children = children_that_show_their_parent();
            in_process(STALE.iter().copied(), "", || {
                tokio::runtime::Runtime::new().unwrap().block_on(async {
                    let mut tasks = Vec::new();
                    for (number, child) in children.into_iter().enumerate() {
                        let cx = with_numbered_span(number as u64);
                        let mut child = <$command>::from(child);
                        tasks.push(tokio::spawn(async move {
                            let current = cx.clone().attach();
                            child.with_trace_context();
                            drop(current);
                            let received = child.output().await.unwrap().stdout;
                            let received = crate::fixtures::process::written(received);
                            assert_eq!(received, shown_by_child(&cx));
                        }));
                    }
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            });
        }
    )*};
}

#[cfg(all(feature = "tokio", feature = "async-process"))]
each_continues_its_own_span! {
    children_of_tokio_each_continue_their_own_span: tokio::process::Command;
    children_of_async_process_each_continue_their_own_span: async_process::Command;
}

#[test]
fn without_a_span_of_its_own_a_thread_injects_that_of_main() {
    let mut child = process(show_parent);
    in_process([("TRACEPARENT", TRACEPARENT)], &parent(SPAN), || {
        let _span = MainSpan::start();
        thread::spawn(move || {
            let changes = EnvChanges::from_current_context();
            assert_eq!(changes.iter().next(), Some(("TRACEPARENT", Some(TRACEPARENT))));
            // Not inherited, so it is injected.
            child.env_clear().with_trace_context().status().unwrap();
        })
        .join()
        .unwrap();
    });
}

fn children_that_show_their_parent() -> Vec<Command> {
    (0..CHILDREN).map(|_| process(show_parent)).collect()
}
