use std::process::{Command, ExitCode};
use std::{env, io};

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry_env_carrier::InSpan as _;

use crate::telemetry;

pub fn main() -> ExitCode {
    let span = telemetry::main_span("submit").start();
    span.end(submit())
}

fn submit() -> io::Result<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let program = arguments.next().ok_or(io::ErrorKind::InvalidInput)?;
    let cx = Context::current().with_cleared_baggage(); // or `with_baggage` of what the job needs
    let status = Command::new(program).args(arguments).in_span().with_parent(&cx).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
