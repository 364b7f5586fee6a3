//! A program with a span of its own, and a span around its child, `otel_child`, which has one, too.
//!
//! ```text
//! cargo build --example otel_child
//! cargo run --example otel_parent
//! ```
//!
//! The spans go to `OTEL_EXPORTER_OTLP_ENDPOINT`, if that is set.

#[path = "process_tree/telemetry.rs"]
mod telemetry;

use std::env;
use std::io::{self, ErrorKind};
use std::process::{Command, ExitCode, ExitStatus};

use opentelemetry_env_carrier::{InSpan as _, MainSpan};

fn main() -> ExitCode {
    let provider = telemetry::provider("otel-parent");
    let span = MainSpan::builder().with_shutdown(move || provider.shutdown()).start();
    span.end(run().map(|child| ExitCode::from(u8::from(!child.success()))))
}

fn run() -> io::Result<ExitStatus> {
    let child =
        env::current_exe()?.with_file_name("otel_child").with_extension(env::consts::EXE_EXTENSION);
    if !child.exists() {
        let hint = "otel_child is not built: run `cargo build --example otel_child` first";
        return Err(io::Error::new(ErrorKind::NotFound, hint));
    }
    Command::new(child).in_span().status()
}
