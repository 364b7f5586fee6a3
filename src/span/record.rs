//! What the span of a process records.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::trace::{SpanBuilder, SpanKind, Status, TraceContextExt as _};
use opentelemetry::{
    Array, Context, InstrumentationScope, Key, KeyValue, StringValue, Value, global,
};

use super::error_type;
use super::options::{Options, StartSpan};
use crate::context::{self, has_span, same_span, with_span_of};
use crate::extract::inherited_context;

/// What is known of a process at the start of its span.
pub(super) struct Process<'a> {
    pub(super) kind: SpanKind,
    pub(super) program: &'a OsStr,
    /// If they are to be recorded: all of them, the program as it is called first.
    pub(super) arguments: Option<Vec<OsString>>,
}

/// The span of a process. It ends once: with what is recorded first, or when it is dropped.
pub(super) struct ProcessSpan {
    cx: Context,
    /// Keys that the caller has set.
    keys: Vec<Key>,
    expected_codes: Vec<i32>,
    ignores_failure: AtomicBool,
}

/// Why the status of the span is an error.
pub(super) struct Failure {
    error_type: StringValue,
    description: String,
}

/// The attributes of *Semantic conventions for CLI programs*, as of November 2026.
const COMMAND_ARGS: &str = "process.command_args";
const ERROR_TYPE: &str = "error.type";
const EXECUTABLE_NAME: &str = "process.executable.name";
const EXECUTABLE_PATH: &str = "process.executable.path";
const EXIT_CODE: &str = "process.exit.code";
const PID: &str = "process.pid";

impl ProcessSpan {
    pub(super) fn start(process: Process<'_>, options: Options<'_>) -> Self {
        let name = base_name(process.program);
        let keys: Vec<Key> =
            options.attributes.iter().map(|attribute| attribute.key.clone()).collect();
        let mut attributes = options.attributes;
        for attribute in attributes_of(&process, &name) {
            if !keys.contains(&attribute.key) {
                attributes.push(attribute);
            }
        }
        let span = SpanBuilder::from_name(options.name.unwrap_or(name.into()))
            .with_kind(process.kind)
            .with_attributes(attributes);

        let cx = match options.tracer {
            Some(tracer) => start_span(tracer, span, options.parent),
            None => {
                let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
                    .with_version(env!("CARGO_PKG_VERSION"))
                    .build();
                start_span(&global::tracer_with_scope(scope), span, options.parent)
            }
        };
        Self {
            cx,
            keys,
            expected_codes: options.expected_codes,
            ignores_failure: AtomicBool::new(false),
        }
    }

    pub(super) fn context(&self) -> &Context {
        &self.cx
    }

    pub(super) fn set_pid(&self, pid: u32) {
        self.set(PID, i64::from(pid));
    }

    pub(super) fn ignore_failure(&self) {
        self.ignores_failure.store(true, Ordering::Relaxed);
    }

    pub(super) fn end_with_status(&self, status: ExitStatus) {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            let failure = Failure::of_type(error_type::of_signal(signal));
            return self.end(Some(128 + signal), Some(failure));
        }
        match status.code() {
            Some(code) => self.end_with_code(code),
            None => self.end(None, Some(Failure::of_type(error_type::OTHER))),
        }
    }

    pub(super) fn end_with_code(&self, code: i32) {
        if code == 0 {
            self.end(Some(code), None);
        } else {
            self.end(Some(code), Some(Failure::of_type(error_type::of_exit_code(code))));
        }
    }

    pub(super) fn end_with_error(&self, error: &io::Error) {
        let error_type = error_type::of_error(error).into();
        self.end(None, Some(Failure { error_type, description: error.to_string() }));
    }

    /// The exit code of a process whose main thread panics is 101.
    pub(super) fn end_with_panic(&self) {
        self.end(Some(101), Some(Failure::of_type("panic")));
    }

    pub(super) fn end_without_code(&self) {
        self.end(None, None);
    }

    /// A span that has ended ignores what is done to it later, so the first end counts.
    fn end(&self, code: Option<i32>, failure: Option<Failure>) {
        if let Some(code) = code {
            self.set(EXIT_CODE, i64::from(code));
        }
        let is_expected = code.is_some_and(|code| self.expected_codes.contains(&code));
        if let Some(failure) = failure {
            if !is_expected && !self.ignores_failure.load(Ordering::Relaxed) {
                self.set(ERROR_TYPE, failure.error_type);
                self.cx.span().set_status(Status::error(failure.description));
            }
        }
        self.cx.span().end();
    }

    fn set(&self, key: &'static str, value: impl Into<Value>) {
        if !self.keys.contains(&Key::new(key)) {
            self.cx.span().set_attribute(KeyValue::new(key, value));
        }
    }
}

impl Drop for ProcessSpan {
    fn drop(&mut self) {
        self.end_without_code();
    }
}

impl Failure {
    fn of_type(error_type: impl Into<StringValue>) -> Self {
        Self { error_type: error_type.into(), description: String::new() }
    }
}

fn attributes_of(process: &Process<'_>, name: &str) -> Vec<KeyValue> {
    let text = |text: &OsStr| text.to_string_lossy().into_owned();
    let mut attributes = vec![KeyValue::new(EXECUTABLE_NAME, name.to_owned())];
    if Path::new(process.program).is_absolute() {
        attributes.push(KeyValue::new(EXECUTABLE_PATH, text(process.program)));
    }
    if let Some(arguments) = &process.arguments {
        let arguments = arguments.iter().map(|argument| StringValue::from(text(argument)));
        let arguments = Array::String(arguments.collect());
        attributes.push(KeyValue::new(COMMAND_ARGS, Value::Array(arguments)));
    }
    attributes
}

fn base_name(program: &OsStr) -> String {
    Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned()
}

/// The context with the span. There may be none: no provider, a shut down one, suppressed telemetry. Then it
/// is what a program without spans would inject, and nothing that is done to it reaches another span.
fn start_span(tracer: &dyn StartSpan, span: SpanBuilder, given: Option<Context>) -> Context {
    let is_given = given.is_some();
    let parent = given.unwrap_or_else(current_or_inherited);
    let cx = tracer.start_span(span, &parent);
    // The API's no-op span has the ids of its parent.
    if !has_span(&cx) || same_span(&cx, &parent) {
        event!(
            DEBUG,
            "EnvCarrier.NoSpan",
            "There is no span: is a tracer provider set, and not shut down, and is telemetry not suppressed?"
        );
        return reference_to_span(if is_given { parent } else { context::current() });
    }
    if !has_span(&parent) {
        event!(
            DEBUG,
            "EnvCarrier.NoParentSpan",
            "A span starts a new trace, because it has no parent: no span is current on this thread, and none was inherited"
        );
    }
    cx
}

/// The context that applies on this thread, and if it has no span, then with the one that this process was
/// spawned in. So a span never leaves the trace of the caller.
fn current_or_inherited() -> Context {
    let current = context::current();
    if has_span(&current) { current } else { with_span_of(&current, &inherited_context()) }
}

/// The context, with a reference to its span in place of the span, which is not ours to end.
fn reference_to_span(cx: Context) -> Context {
    with_span_of(&cx, &cx)
}
