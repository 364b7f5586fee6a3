use std::io;
use std::process::{Command, ExitCode};

use opentelemetry_env_carrier::InSpan as _;

use crate::signals::{self, Caught};
use crate::telemetry;

pub fn main() -> ExitCode {
    let caught = signals::catch().expect("these signals can be caught");
    let span = telemetry::start("build");
    let result = build(&caught);
    if let Some(signal) = caught.signal() {
        span.end_with_signal(signal);
        signals::end_by(signal);
    }
    span.end(result)
}

fn build(caught: &Caught) -> io::Result<()> {
    for target in ["compile", "test"] {
        Command::new("make").arg(target).in_span().status()?;
        if caught.signal().is_some() {
            break;
        }
    }
    Ok(())
}
