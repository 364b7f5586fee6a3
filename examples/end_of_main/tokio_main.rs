//! Where a context is current with an async runtime, and where it is not.

use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, io};

use opentelemetry::trace::{FutureExt as _, Span as _, Tracer as _};
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{InSpan as _, MainSpan};

use crate::telemetry::Telemetry;

#[tokio::main]
pub(crate) async fn main() -> ExitCode {
    let _telemetry = Telemetry::start("end_of_main");
    let span = MainSpan::start();
    tokio::select! {
        result = run(span.context().clone()) => span.end(result),
        _ = tokio::signal::ctrl_c() => span.end(ExitCode::from(130)),
    }
}

async fn run(cx: Context) -> io::Result<()> {
    if env::args().nth(2).as_deref() == Some("wait") {
        tokio::task::yield_now().await; // once, so that Ctrl-C is waited for
        println!("ready");
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    record("first");
    tokio::time::sleep(Duration::from_millis(1)).await;
    record("after an await");
    let child = || Command::new(env::current_exe()?).in_span().with_name("child").status();
    let tasks = [
        tokio::spawn(async { record("task") }),
        tokio::spawn(async { record("task with a context") }.with_context(cx.clone())),
        tokio::spawn(async move { child().map(drop).expect("this program can be spawned") }),
        tokio::task::spawn_blocking(|| record("blocking")),
        tokio::task::spawn_blocking(move || {
            let _current = cx.attach();
            record("blocking with a context");
        }),
    ];
    for task in tasks {
        task.await?;
    }
    Ok(())
}

fn record(name: &'static str) {
    global::tracer("tokio").start(name).end();
}
