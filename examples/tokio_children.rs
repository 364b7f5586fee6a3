//! With `tokio`: several children at once, each in a span of its own.
//!
//! ```text
//! cargo build --example tokio_children --features tokio
//! cargo run --example collect -- target/debug/examples/tokio_children
//! ```
//!
//! The parent spawns this program again for each unit that it compiles. The spans go to
//! `OTEL_EXPORTER_OTLP_ENDPOINT`, if that is set: `collect` sets it, and draws them.
//!
//! The lines that make it one trace are marked with `<--`.

#[path = "process_tree/telemetry.rs"]
mod telemetry;

use std::process::ExitCode;
use std::time::Duration;
use std::{env, io};

use opentelemetry_env_carrier::{InSpan as _, MainSpan};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> ExitCode {
    let provider = telemetry::provider("tokio_children");
    let span = MainSpan::builder().with_shutdown(move || provider.shutdown()).start(); // <-- joins the parent's trace
    if env::args().len() > 1 {
        sleep(Duration::from_millis(20)).await; // the child compiles its unit
        span.end(ExitCode::SUCCESS)
    } else {
        span.end(build().await)
    }
}

async fn build() -> io::Result<()> {
    let mut children = JoinSet::new();
    for unit in ["lexer", "parser", "docs"] {
        children.spawn(compile(unit));
    }
    while let Some(compiled) = children.join_next().await {
        compiled??;
    }
    Ok(())
}

/// In a task no span is current. The span around the child is then in that of `main`.
async fn compile(unit: &'static str) -> io::Result<()> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(unit);
    let child = command.in_span().with_name(format!("compile {unit}")); // <-- a span around the child
    let status = child.status().await?;
    if !status.success() {
        return Err(io::Error::other(format!("{unit}: {status}")));
    }
    Ok(())
}
