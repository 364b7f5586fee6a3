//! The span around a command, as its author writes it by hand.

use std::io;
use std::process::{Command, ExitStatus};

use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::WithTraceContext as _;

pub(crate) fn status(command: &mut Command) -> io::Result<ExitStatus> {
    let name = command.get_program().to_string_lossy().into_owned();
    let tracer = global::tracer("by hand");
    let span = tracer.span_builder(name.clone()).with_kind(SpanKind::Client).start(&tracer);
    let cx = Context::current_with_span(span);
    cx.span().set_attribute(KeyValue::new("process.executable.name", name));
    let mut child = command.with_trace_context_from(&cx).spawn()?;
    cx.span().set_attribute(KeyValue::new("process.pid", i64::from(child.id())));
    let status = child.wait()?;
    if let Some(code) = status.code() {
        cx.span().set_attribute(KeyValue::new("process.exit.code", i64::from(code)));
    }
    if !status.success() {
        cx.span().set_status(Status::error(status.to_string()));
    }
    cx.span().end();
    Ok(status)
}
