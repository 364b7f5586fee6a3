//! What the span of a command records.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::global::BoxedSpan;
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, StringValue, Value, global};

use super::ChildInSpan;

/// The attributes of *Semantic conventions for CLI programs*, as of November 2026.
const COMMAND_ARGS: &str = "process.command_args";
const ERROR_TYPE: &str = "error.type";
const EXECUTABLE_NAME: &str = "process.executable.name";
const EXIT_CODE: &str = "process.exit.code";
const PID: &str = "process.pid";

/// The `error.type` that the conventions have for anything else.
const OTHER: &str = "_OTHER";

/// What is known of a command before it is spawned.
pub(super) struct Description<'a> {
    pub(super) program: &'a OsStr,
    /// If they are to be recorded.
    pub(super) arguments: Option<Vec<&'a OsStr>>,
    pub(super) name: Option<Cow<'static, str>>,
    pub(super) attributes: Vec<KeyValue>,
}

/// The span of a command. It ends once: with what is recorded first, or when it is dropped.
pub(super) struct CommandSpan {
    cx: Context,
    has_ended: AtomicBool,
}

impl CommandSpan {
    pub(super) fn start(parent: &Context, command: Description<'_>) -> Self {
        let base_name = Path::new(command.program).file_name().unwrap_or(command.program);
        let base_name = base_name.to_string_lossy().into_owned();
        let mut attributes = vec![KeyValue::new(EXECUTABLE_NAME, base_name.clone())];
        if let Some(arguments) = command.arguments {
            let all = [command.program].into_iter().chain(arguments);
            let all =
                all.map(|argument| StringValue::from(argument.to_string_lossy().into_owned()));
            attributes
                .push(KeyValue::new(COMMAND_ARGS, Value::Array(Array::String(all.collect()))));
        }
        attributes.extend(command.attributes);

        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let tracer = global::tracer_with_scope(scope);
        let span = tracer
            .span_builder(command.name.unwrap_or(base_name.into()))
            .with_kind(SpanKind::Client)
            .with_attributes(attributes)
            .start_with_context(&tracer, parent);
        Self { cx: with_valid_span(parent, span), has_ended: AtomicBool::new(false) }
    }

    pub(super) fn context(&self) -> &Context {
        &self.cx
    }

    /// The child in this span, or the error that prevented the spawn.
    pub(super) fn of_child<C>(
        self,
        spawned: io::Result<C>,
        pid: impl FnOnce(&C) -> Option<u32>,
    ) -> io::Result<ChildInSpan<C>> {
        let child = spawned.inspect_err(|error| self.record_error(error))?;
        if let Some(pid) = pid(&child) {
            self.cx.span().set_attribute(KeyValue::new(PID, i64::from(pid)));
        }
        Ok(ChildInSpan { child, span: Arc::new(self) })
    }

    /// Records the status in the result of a method that waits, or its error, and returns the result.
    pub(super) fn record<T>(
        &self,
        result: io::Result<T>,
        status: impl FnOnce(&T) -> Option<ExitStatus>,
    ) -> io::Result<T> {
        match &result {
            Ok(seen) => _ = status(seen).map(|status| self.record_exit(status)),
            Err(error) => self.record_error(error),
        }
        result
    }

    pub(super) fn record_output(&self, output: io::Result<Output>) -> io::Result<Output> {
        self.record(output, |output| Some(output.status))
    }

    pub(super) fn record_status(&self, status: io::Result<ExitStatus>) -> io::Result<ExitStatus> {
        self.record(status, |status| Some(*status))
    }

    fn record_exit(&self, status: ExitStatus) {
        self.end(|| {
            let span = self.cx.span();
            let (code, error_type) = describe(status);
            if let Some(code) = code {
                span.set_attribute(KeyValue::new(EXIT_CODE, i64::from(code)));
            }
            if !status.success() {
                span.set_attribute(KeyValue::new(ERROR_TYPE, error_type));
                span.set_status(Status::error(status.to_string()));
            }
        });
    }

    fn record_error(&self, error: &io::Error) {
        self.end(|| {
            let span = self.cx.span();
            span.set_attribute(KeyValue::new(ERROR_TYPE, type_of(error)));
            span.set_status(Status::error(error.to_string()));
        });
    }

    fn end(&self, record: impl FnOnce()) {
        if !self.has_ended.swap(true, Ordering::Relaxed) {
            record();
            self.cx.span().end();
        }
    }
}

impl Drop for CommandSpan {
    fn drop(&mut self) {
        self.end(|| {});
    }
}

/// The parent context with the span. A span that is not valid (there is no provider, it is shut down, or
/// telemetry is suppressed) must not hide the parent span from the child.
fn with_valid_span(parent: &Context, span: BoxedSpan) -> Context {
    if span.span_context().is_valid() {
        parent.with_span(span)
    } else if parent.has_active_span() {
        // Not the parent span itself, which is not ours to end.
        parent.with_remote_span_context(parent.span().span_context().clone())
    } else {
        parent.clone()
    }
}

/// The kind of the error. One that the standard library has no kind for yet may get one later.
fn type_of(error: &io::Error) -> String {
    let kind = format!("{:?}", error.kind());
    if kind == "Uncategorized" { OTHER.to_owned() } else { kind }
}

/// The exit code, and the type of the error if it is one.
fn describe(status: ExitStatus) -> (Option<i32>, String) {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        // The standard library knows the names of this system's signals: `signal: 9 (SIGKILL)`.
        let text = status.to_string();
        let name = text.split(['(', ')']).find(|word| word.starts_with("SIG"));
        return (Some(128 + signal), name.unwrap_or(OTHER).to_owned());
    }
    let error_type = status.code().map_or_else(|| OTHER.to_owned(), |code| code.to_string());
    (status.code(), error_type)
}
