//! Commands of asynchronous runtimes: many children at once, each with a span of its own.

use std::future::Future;
use std::process::{Command, Output};

use opentelemetry::Context;
use opentelemetry_env_carrier::WithTraceContext as _;
use tokio::runtime::Runtime;

use crate::fixtures::contexts::{STALE, shown_by_child, with_numbered_span};
use crate::fixtures::roles::{self, Test, test};

pub(crate) fn tests() -> Vec<Test> {
    let name = |package| format!("many children of {package} each continue their own span");
    let stale = || STALE.iter().copied();
    vec![
        test(name("tokio"), stale(), || spawn_at_once(with_tokio), ""),
        test(name("async-process"), stale(), || spawn_at_once(with_async_process), ""),
    ]
}

async fn with_tokio(child: Command, cx: Context) -> Output {
    let mut child = tokio::process::Command::from(child);
    let attached = cx.attach();
    child.with_trace_context();
    drop(attached);
    child.output().await.unwrap()
}

async fn with_async_process(child: Command, cx: Context) -> Output {
    let mut child = async_process::Command::from(child);
    let attached = cx.attach();
    child.with_trace_context();
    drop(attached);
    child.output().await.unwrap()
}

fn spawn_at_once<F>(start: fn(Command, Context) -> F)
where
    F: Future<Output = Output> + Send + 'static,
{
    Runtime::new().unwrap().block_on(async {
        // As many at once as there are file descriptors for; few where a process takes long to start.
        let (rounds, at_once) = if cfg!(windows) { (1, 10) } else { (20, 100) };
        for round in 0..rounds {
            let children = (0..at_once).map(|n| {
                let cx = with_numbered_span(round * at_once + n);
                tokio::spawn(async move {
                    let output = start(roles::command("child", ""), cx.clone()).await;
                    assert_eq!(String::from_utf8(output.stdout).unwrap(), shown_by_child(&cx));
                })
            });
            for child in children.collect::<Vec<_>>() {
                child.await.unwrap();
            }
        }
    });
}
