//! Commands of asynchronous runtimes: many children at once, each with a span of its own.

use std::future::Future;
use std::process::{Command, Output};

use libtest_mimic::Trial;
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_env_carrier::WithTraceContext as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Runtime;

use crate::extraction::read_by_child;
use crate::parent_to_child::STALE;
use crate::role::{self, Role};

pub(crate) const ROLES: &[Role] = &[
    ("parent on tokio", |_| start_at_once(with_tokio)),
    ("parent on async-process", |_| start_at_once(with_async_process)),
];

pub(crate) fn tests() -> Vec<Trial> {
    ["tokio", "async-process"]
        .map(|package| {
            Trial::test(
                format!("many children of {package} each continue their own span"),
                move || {
                    let mut parent = role::of(&format!("parent on {package}"), "");
                    let stale = STALE.iter().copied();
                    role::same(&role::output(parent.env_clear().envs(stale))?, "")
                },
            )
        })
        .into()
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

fn start_at_once<F>(start: fn(Command, Context) -> F)
where
    F: Future<Output = Output> + Send + 'static,
{
    let tracer = SdkTracerProvider::default().tracer("test");
    Runtime::new().unwrap().block_on(async {
        // As many at once as there are file descriptors for; few where a process takes long to start.
        for _ in 0..if cfg!(windows) { 1 } else { 20 } {
            let children = (0..100).map(|_| {
                let cx = Context::new().with_span(tracer.start("child"));
                tokio::spawn(async move {
                    let output = start(role::of("child", ""), cx.clone()).await;
                    assert_eq!(String::from_utf8(output.stdout).unwrap(), read_by_child(&cx));
                })
            });
            for child in children.collect::<Vec<_>>() {
                child.await.unwrap();
            }
        }
    });
}
