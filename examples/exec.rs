//! Puts any command into the trace.
//!
//! ```text
//! cargo run --example exec -- make test
//! ```
//!
//! The command runs in a span of its own, as the semantic conventions for command-line programs
//! have it for a caller, in the trace that this program was started in. It is handed the context,
//! and standard input, output and error. The exit code is that of the command: 128 + n where
//! signal n ended it, 127 where there is no such command, 126 where it may not be run.
//!
//! The span goes to where `OTEL_EXPORTER_OTLP_ENDPOINT` says. Where that is not set nothing is
//! exported, and the command is handed the context that this program was started in.

mod signals;
mod telemetry;

use std::env;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::{Command, exit};

use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::{WithTraceContext as _, extract_parent_context};
use opentelemetry_semantic_conventions::trace::{
    ERROR_TYPE, PROCESS_EXECUTABLE_NAME, PROCESS_EXIT_CODE, PROCESS_PID,
};

use crate::signals::Signals;
use crate::telemetry::Telemetry;

fn main() {
    let mut arguments = env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: exec COMMAND [ARGUMENT]...");
        exit(125);
    };
    let mut command = Command::new(program);
    command.args(arguments);
    exit(run_in_span(&mut command));
}

fn run_in_span(command: &mut Command) -> i32 {
    let _telemetry = telemetry::endpoint().map(|_| Telemetry::start("exec"));
    let _parent = extract_parent_context().attach();

    let tracer = global::tracer("exec");
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let name = name.to_string_lossy().into_owned();
    let span = tracer.span_builder(name.clone()).with_kind(SpanKind::Client).start(&tracer);
    let cx = Context::current_with_span(span);
    cx.span().set_attribute(KeyValue::new(PROCESS_EXECUTABLE_NAME, name));
    let _span = cx.clone().attach();

    let ended = run(command).unwrap_or_else(|error| could_not_start(command, &error));
    cx.span().set_attribute(KeyValue::new(PROCESS_EXIT_CODE, i64::from(ended.code)));
    if ended.code != 0 {
        cx.span().set_attribute(KeyValue::new(ERROR_TYPE, ended.error_type));
        cx.span().set_status(Status::error(ended.description));
    }
    ended.code
}

/// How the command ended.
struct Ended {
    code: i32,
    error_type: String,
    description: String,
}

fn run(command: &mut Command) -> io::Result<Ended> {
    let signals = Signals::catch()?;
    let mut child = command.with_trace_context().spawn()?;
    let pid = KeyValue::new(PROCESS_PID, i64::from(child.id()));
    Context::current().span().set_attribute(pid);
    signals.pass_on_to(&child);
    let status = child.wait()?;
    let (code, error_type) = match (status.code(), signals::that_ended(status)) {
        (None, Some(signal)) => (128 + signal.number, signal.name.to_owned()),
        (code, _) => (code.unwrap_or(1), code.unwrap_or(1).to_string()),
    };
    Ok(Ended { code, error_type, description: status.to_string() })
}

fn could_not_start(command: &Command, error: &io::Error) -> Ended {
    eprintln!("exec: {}: {error}", command.get_program().to_string_lossy());
    Ended {
        code: if error.kind() == ErrorKind::NotFound { 127 } else { 126 },
        error_type: format!("{:?}", error.kind()),
        description: error.to_string(),
    }
}
