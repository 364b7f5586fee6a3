use std::io;
use std::process::{Command, ExitStatus};

use opentelemetry::Context;
use opentelemetry_env_carrier::{ChildSpan, WithTraceContext as _};

pub fn ssh(host: &str, command: &str) -> io::Result<ExitStatus> {
    let span = ChildSpan::start("ssh");
    let line = assignments(span.context()) + command;
    let status = Command::new("ssh").args([host, &line]).status();
    let status = status.inspect_err(|error| span.end_with_error(error))?;
    span.end_with_status(status);
    Ok(status)
}

pub fn assignments(cx: &Context) -> String {
    let mut env: Vec<(String, String)> = Vec::new();
    env.with_trace_context_from(cx);
    let quote = |value: String| format!("'{}'", value.replace('\'', r"'\''"));
    env.into_iter().map(|(name, value)| format!("{name}={} ", quote(value))).collect()
}
