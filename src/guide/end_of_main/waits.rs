use std::io;
use std::process::{Command, ExitCode};

use opentelemetry_env_carrier::InSpan as _;

use crate::signals::{self, Caught};
use crate::telemetry;

pub fn main() -> ExitCode {
    let caught = signals::catch().expect("these signals can be caught");
    let span = telemetry::main_span("build").start();
    caught.end(span, build(&caught))
}

fn build(caught: &Caught) -> io::Result<ExitCode> {
    for target in ["compile", "test"] {
        let status = Command::new("make").arg(target).in_span().status()?;
        if !status.success() || caught.signal().is_some() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
