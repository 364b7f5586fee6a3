use std::io;
use std::process::ExitCode;

use opentelemetry_env_carrier::InSpan as _;
use tokio::process::Command;

use crate::telemetry;

#[tokio::main]
pub async fn main() -> ExitCode {
    let span = telemetry::start("build");
    tokio::select! {
        result = build() => span.end(result),
        _ = tokio::signal::ctrl_c() => span.end(ExitCode::from(130)),
    }
}

async fn build() -> io::Result<()> {
    let lint = tokio::spawn(make("lint")); // in the span of `main`, as is everything
    make("compile").await?;
    lint.await?
}

async fn make(target: &'static str) -> io::Result<()> {
    Command::new("make").arg(target).in_span().status().await?;
    Ok(())
}
