//! A program with a span of its own, around a child with one: with `otel_child` the counterpart of the
//! first program that passed a trace on in the environment, which was written in Go.
//!
//! ```text
//! cargo build --example otel_child
//! cargo run --example otel_parent
//! ```
//!
//! The spans go to `OTEL_EXPORTER_OTLP_ENDPOINT`, if that is set.

mod telemetry;

use std::process::{Command, ExitCode, ExitStatus};
use std::{env, io};

use opentelemetry_env_carrier::{InSpan as _, MainSpan};

use crate::telemetry::Telemetry;

fn main() -> ExitCode {
    let _telemetry = Telemetry::start("otel-parent");
    let span = MainSpan::start();
    span.end(run().map(|child| ExitCode::from(u8::from(!child.success()))))
}

fn run() -> io::Result<ExitStatus> {
    let child =
        env::current_exe()?.with_file_name("otel_child").with_extension(env::consts::EXE_EXTENSION);
    Command::new(child).in_span().status()
}
