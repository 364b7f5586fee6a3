use std::io;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use opentelemetry_env_carrier::InSpan as _;
use tokio::process::Command;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use crate::signals::{self, Caught};
use crate::telemetry;

pub fn main() -> ExitCode {
    let caught = signals::catch().expect("these signals can be caught");
    let span = telemetry::main_span("build").start();
    let runtime = Runtime::new().expect("the system has threads");
    let result = runtime.block_on(async {
        tokio::select! {
            result = build() => result,
            () = is_caught(&caught) => Ok(ExitCode::FAILURE),
        }
    });
    // Tasks that still run are dropped, and so their spans end before that of `main`.
    runtime.shutdown_timeout(Duration::from_secs(1));
    caught.end(span, result)
}

async fn is_caught(caught: &Caught) {
    while caught.signal().is_none() {
        sleep(Duration::from_millis(20)).await;
    }
}

async fn build() -> io::Result<ExitCode> {
    let lint = tokio::spawn(make("lint")); // falls back to the span of `main`
    let compiled = make("compile").await?;
    let linted = lint.await??;
    let succeeded = compiled.success() && linted.success();
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn make(target: &'static str) -> io::Result<ExitStatus> {
    Command::new("make").arg(target).in_span().status().await
}
