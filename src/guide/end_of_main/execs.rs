use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use opentelemetry_env_carrier::WithTraceContext as _;

use crate::telemetry;

pub fn main() -> ExitCode {
    let span = telemetry::main_span("launcher").start();
    let mut command = Command::new("worker");
    command.with_trace_context(); // while the span is current
    drop(span); // exported without an exit code: that is the worker's
    let error = command.exec(); // returns only if it failed
    eprintln!("worker: {error}");
    ExitCode::from(127)
}
