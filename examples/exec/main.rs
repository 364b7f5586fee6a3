//! Runs any command in a span of its own.
//!
//! ```text
//! cargo run --example exec -- make test
//! ```
//!
//! The span is in the trace that this program was spawned in, under the span of this program. The command inherits
//! standard input, output and error, and receives the signals that are sent to this program. The exit code is that
//! of the command: 128 + n if signal n ended it, 127 if there is no such command, 126 if it cannot be run.
//!
//! The spans go to `OTEL_EXPORTER_OTLP_ENDPOINT`. If that is not set, nothing is exported, and the
//! command receives the context that this program was spawned in.

mod signals;
#[path = "../process_tree/telemetry.rs"]
mod telemetry;

use std::env;
use std::io::{self, ErrorKind};
use std::process::{Command, ExitStatus, exit};

use opentelemetry_env_carrier::{InSpan as _, MainSpan};

use crate::signals::Signals;

fn main() {
    let mut arguments = env::args_os().skip(1).peekable();
    arguments.next_if(|first| first == "--");
    let Some(program) = arguments.next() else {
        eprintln!("usage: exec [--] COMMAND [ARGUMENT]...");
        exit(125);
    };
    let mut command = Command::new(program);
    command.args(arguments);

    let mut span = MainSpan::builder();
    if telemetry::endpoint().is_some() {
        let provider = telemetry::provider("exec");
        span = span.with_shutdown(move || provider.shutdown());
    }
    let span = span.start();
    let code = match run(&mut command) {
        Ok(status) => exit_code(status),
        Err(error) => {
            eprintln!("exec: {}: {error}", command.get_program().to_string_lossy());
            if error.kind() == ErrorKind::NotFound { 127 } else { 126 }
        }
    };
    span.end_with_code(code);
    exit(code);
}

fn run(command: &mut Command) -> io::Result<ExitStatus> {
    let signals = Signals::catch()?; // before there is a child that may end
    let child = command.in_span().spawn()?; // <-- the span, and its context for the child
    signals.forward_until_exit(child)
}

fn exit_code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(1)
}
