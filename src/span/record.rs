//! What the span of a process records.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::trace::{SpanBuilder, SpanKind, Status, TraceContextExt as _};
use opentelemetry::{
    Array, Context, InstrumentationScope, Key, KeyValue, StringValue, Value, global,
};

use super::current::{current, current_or_inherited, with_span_of};
use super::options::{Options, StartSpan};
use crate::extract::has_span;

/// The attributes of *Semantic conventions for CLI programs*, as of November 2026.
const COMMAND_ARGS: &str = "process.command_args";
const ERROR_TYPE: &str = "error.type";
const EXECUTABLE_NAME: &str = "process.executable.name";
const EXECUTABLE_PATH: &str = "process.executable.path";
const EXIT_CODE: &str = "process.exit.code";
const PID: &str = "process.pid";

/// What is known of a process at the start of its span.
pub(super) struct Process<'a> {
    pub(super) kind: SpanKind,
    pub(super) program: &'a OsStr,
    /// If they are to be recorded.
    pub(super) arguments: Option<Vec<&'a OsStr>>,
}

/// The span of a process. It ends once: with what is recorded first, or when it is dropped.
pub(super) struct ProcessSpan {
    cx: Context,
    /// Keys that the caller has set.
    keys: Vec<Key>,
    expected_codes: Vec<i32>,
    ignores_failure: AtomicBool,
}

impl ProcessSpan {
    pub(super) fn start(process: &Process<'_>, options: Options<'_>) -> Self {
        let name = base_name(process.program);
        let keys = Vec::from_iter(options.attributes.iter().map(|attribute| attribute.key.clone()));
        let mut attributes = options.attributes;
        let ours = attributes_of(process, &name);
        attributes.extend(ours.into_iter().filter(|ours| !keys.contains(&ours.key)));
        let span = SpanBuilder::from_name(options.name.unwrap_or(name.into()))
            .with_kind(process.kind.clone())
            .with_attributes(attributes);

        let cx = match options.tracer {
            Some(tracer) => start(tracer, span, options.parent),
            None => {
                let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
                    .with_version(env!("CARGO_PKG_VERSION"));
                start(&global::tracer_with_scope(scope.build()), span, options.parent)
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
            return self.end_with(Some(128 + signal), Some(type_of_signal(signal)), "");
        }
        match status.code() {
            Some(code) => self.end_with_code(code),
            None => self.end_with(None, Some(OTHER.into()), ""),
        }
    }

    pub(super) fn end_with_code(&self, code: i32) {
        self.end_with(Some(code), (code != 0).then(|| code.to_string().into()), "");
    }

    pub(super) fn end_with_error(&self, error: &io::Error) {
        self.end_with(None, Some(type_of_error(error).into()), &error.to_string());
    }

    /// A span that has ended ignores what is done to it later, so the first end counts.
    pub(super) fn end_with(
        &self,
        code: Option<i32>,
        error: Option<StringValue>,
        description: &str,
    ) {
        if let Some(code) = code {
            self.set(EXIT_CODE, i64::from(code));
        }
        let is_expected = code.is_some_and(|code| self.expected_codes.contains(&code));
        if let Some(error) = error {
            if !is_expected && !self.ignores_failure.load(Ordering::Relaxed) {
                self.set(ERROR_TYPE, error);
                self.cx.span().set_status(Status::error(description.to_owned()));
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
        self.end_with(None, None, "");
    }
}

fn attributes_of(process: &Process<'_>, name: &str) -> Vec<KeyValue> {
    let text = |text: &OsStr| text.to_string_lossy().into_owned();
    let mut attributes = vec![KeyValue::new(EXECUTABLE_NAME, name.to_owned())];
    if Path::new(process.program).is_absolute() {
        attributes.push(KeyValue::new(EXECUTABLE_PATH, text(process.program)));
    }
    if let Some(arguments) = &process.arguments {
        let all = [process.program].into_iter().chain(arguments.iter().copied());
        let all = all.map(|argument| StringValue::from(text(argument))).collect();
        attributes.push(KeyValue::new(COMMAND_ARGS, Value::Array(Array::String(all))));
    }
    attributes
}

fn base_name(program: &OsStr) -> String {
    Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned()
}

/// The context with the span. There may be none: no provider, a shut down one, suppressed telemetry. Then it
/// is what a program without spans would inject, and nothing that is done to it reaches another span.
fn start(tracer: &dyn StartSpan, span: SpanBuilder, parent: Option<Context>) -> Context {
    let is_given = parent.is_some();
    let parent = parent.unwrap_or_else(current_or_inherited);
    let cx = tracer.start_span(span, &parent);
    let (started, over) = (cx.span().span_context().clone(), parent.span().span_context().clone());
    // The API's no-op span has the ids of its parent.
    if !started.is_valid() || started.span_id() == over.span_id() {
        event!(
            DEBUG,
            "EnvCarrier.NoSpan",
            "There is no span: is a tracer provider set, and not shut down, and is telemetry not suppressed?"
        );
        let parent = if is_given { parent } else { current() };
        return with_span_of(&parent, &parent);
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

/// The `error.type` that the conventions have for anything else.
const OTHER: &str = "_OTHER";

fn type_of_error(error: &io::Error) -> &'static str {
    use io::ErrorKind;

    match error.kind() {
        ErrorKind::NotFound => "NotFound",
        ErrorKind::PermissionDenied => "PermissionDenied",
        ErrorKind::AlreadyExists => "AlreadyExists",
        ErrorKind::WouldBlock => "WouldBlock",
        ErrorKind::NotADirectory => "NotADirectory",
        ErrorKind::IsADirectory => "IsADirectory",
        ErrorKind::InvalidInput => "InvalidInput",
        ErrorKind::InvalidData => "InvalidData",
        ErrorKind::TimedOut => "TimedOut",
        ErrorKind::Interrupted => "Interrupted",
        ErrorKind::BrokenPipe => "BrokenPipe",
        ErrorKind::UnexpectedEof => "UnexpectedEof",
        ErrorKind::Unsupported => "Unsupported",
        ErrorKind::OutOfMemory => "OutOfMemory",
        ErrorKind::ResourceBusy => "ResourceBusy",
        ErrorKind::ExecutableFileBusy => "ExecutableFileBusy",
        ErrorKind::ArgumentListTooLong => "ArgumentListTooLong",
        _ => OTHER,
    }
}

/// The name, for the signals that have the same number on every Unix; for others the exit code.
#[cfg(unix)]
fn type_of_signal(signal: i32) -> StringValue {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        7 if cfg!(any(target_os = "linux", target_os = "android")) => "SIGBUS",
        10 if !cfg!(any(target_os = "linux", target_os = "android")) => "SIGBUS",
        other => return (128 + other).to_string().into(),
    };
    name.into()
}
