//! What the span of a process records.

use std::ffi::{OsStr, OsString};
use std::io;
use std::mem;
#[cfg(unix)]
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, PoisonError};

use opentelemetry::trace::{Link, SpanBuilder, SpanKind, Status, TraceContextExt as _};
use opentelemetry::{
    Array, Context, InstrumentationScope, Key, KeyValue, StringValue, Value, global,
};

use super::error_type;
use super::once::OnlyOnce;
use super::options::{Options, StartSpan as _};
use crate::context::{
    WhoseSpan, has_span, same_span, with_span_of, without_invalid_span, without_span,
};
use crate::extract::extract_parent_context;
use crate::inject::{context_to_inject, parent_context};

/// What is known of a process at the start of its span.
pub(super) struct Process<'a> {
    pub(super) program: &'a OsStr,
    /// If they are to be recorded: all of them, the program as it is called first.
    pub(super) arguments: Option<Vec<OsString>>,
}

/// The span of a process. It ends once, with what is recorded first. Its owner must end it.
pub(super) struct ProcessSpan {
    pub(super) cx: Context,
    /// For the log.
    pub(super) whose_span: WhoseSpan,
    /// The keys of the attributes that the caller has set, which are not replaced.
    given_keys: Vec<Key>,
    expected_codes: Vec<i32>,
    verdict: Mutex<Verdict>,
    pub(super) ended: OnlyOnce,
}

/// What the caller says of a failure.
#[derive(Default)]
enum Verdict {
    /// Nothing: it depends on how the process ends.
    #[default]
    ByExit,
    Ignored,
    /// It failed, with this `error.type`.
    Failed(StringValue),
}

/// Why the status of the span is an error.
struct Failure {
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
    /// The span of a child. Its parent span is the one given, or the one that applies on this thread, or the
    /// one that this process was spawned in.
    pub(super) fn of_child(process: Process<'_>, options: Options<'_>) -> Self {
        let base = options.parent.clone().unwrap_or_else(parent_context);
        let parent = without_invalid_span(&base);
        let span = span_builder(SpanKind::Client, process, &options);
        if let Some(cx) = start(span, &options, &parent, &base) {
            return Self::new(cx, WhoseSpan::Child, options);
        }
        // The child receives what it would have received without a span.
        let (cx, whose_span) = match &options.parent {
            Some(given) => (given.clone(), WhoseSpan::Given),
            None => context_to_inject(),
        };
        // A reference to its span, so that it does not end with this one.
        Self::new(with_span_of(&cx, &cx), whose_span, options)
    }

    /// The span of this process. Its parent span is the one given, or the one that is extracted. It may be linked
    /// to that instead, in a trace of its own.
    pub(super) fn of_main(process: Process<'_>, options: Options<'_>, is_linked: bool) -> Self {
        let base = options.parent.clone().unwrap_or_else(extract_parent_context);
        let parent = if is_linked { without_span(&base) } else { without_invalid_span(&base) };
        let mut span = span_builder(SpanKind::Internal, process, &options);
        if is_linked && has_span(&base) {
            let link = Link::with_context(base.span().span_context().clone());
            span = span.with_links(vec![link]);
        }
        let cx = start(span, &options, &parent, &base).unwrap_or_else(|| {
            let base = without_invalid_span(&base);
            // A reference, as for a child.
            with_span_of(&base, &base)
        });
        Self::new(cx, WhoseSpan::MainSpan, options)
    }

    fn new(cx: Context, whose_span: WhoseSpan, options: Options<'_>) -> Self {
        Self {
            cx,
            whose_span,
            given_keys: options.attributes.into_iter().map(|attribute| attribute.key).collect(),
            expected_codes: options.expected_codes,
            verdict: Mutex::new(Verdict::ByExit),
            ended: OnlyOnce::new(),
        }
    }

    pub(super) fn set_pid(&self, pid: u32) {
        self.set(PID, i64::from(pid));
    }

    pub(super) fn ignore_failure(&self) {
        *self.lock_verdict() = Verdict::Ignored;
    }

    pub(super) fn fail_with(&self, error_type: StringValue) {
        *self.lock_verdict() = Verdict::Failed(error_type);
    }

    pub(super) fn end_with_status(&self, status: ExitStatus) {
        #[cfg(unix)]
        if let Some(signal) = status.signal() {
            self.end_with_signal(signal);
            return;
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
            self.end(Some(code), Some(Failure::of_type(code.to_string())));
        }
    }

    #[cfg(unix)]
    pub(super) fn end_with_signal(&self, signal: i32) {
        // As in a shell. A number that no signal has is no reason to panic.
        let code = signal.saturating_add(128);
        let failure = match error_type::name_of_signal(signal) {
            Some(name) => Failure::of_type(name),
            None => Failure::of_type(code.to_string()),
        };
        self.end(Some(code), Some(failure));
    }

    pub(super) fn end_with_error(&self, error: &io::Error) {
        let error_type = error_type::of_error(error);
        self.end(None, Some(Failure { error_type, description: error.to_string() }));
    }

    /// The exit code of a process whose main thread panics is 101.
    pub(super) fn end_with_panic(&self) {
        self.end(Some(101), Some(Failure::of_type("panic")));
    }

    pub(super) fn end_without_code(&self) {
        self.end(None, None);
    }

    /// Of several threads that end the span, one records how, and the others wait until it has ended.
    fn end(&self, code: Option<i32>, failure: Option<Failure>) {
        self.ended.run(|| {
            if let Some(code) = code {
                self.set(EXIT_CODE, i64::from(code));
            }
            if let Some(failure) = self.judge(code, failure) {
                self.set(ERROR_TYPE, failure.error_type);
                self.cx.span().set_status(Status::error(failure.description));
            }
            self.cx.span().end();
        });
    }

    fn judge(&self, code: Option<i32>, failure: Option<Failure>) -> Option<Failure> {
        // Moved out: this runs once.
        match mem::take(&mut *self.lock_verdict()) {
            Verdict::ByExit if code.is_some_and(|code| self.expected_codes.contains(&code)) => None,
            Verdict::ByExit => failure,
            Verdict::Ignored => None,
            Verdict::Failed(error_type) => {
                let description = failure.map(|failure| failure.description).unwrap_or_default();
                Some(Failure { error_type, description })
            }
        }
    }

    fn lock_verdict(&self) -> MutexGuard<'_, Verdict> {
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, key: &'static str, value: impl Into<Value>) {
        if !self.given_keys.contains(&Key::new(key)) {
            self.cx.span().set_attribute(KeyValue::new(key, value));
        }
    }
}

impl Failure {
    fn of_type(error_type: impl Into<StringValue>) -> Self {
        Self { error_type: error_type.into(), description: String::new() }
    }
}

fn span_builder(kind: SpanKind, process: Process<'_>, options: &Options<'_>) -> SpanBuilder {
    let Process { program, arguments } = process;
    let name = text(Path::new(program).file_name().unwrap_or(program));

    let mut recorded = vec![KeyValue::new(EXECUTABLE_NAME, name.clone())];
    if Path::new(program).is_absolute() {
        recorded.push(KeyValue::new(EXECUTABLE_PATH, text(program)));
    }
    if let Some(arguments) = arguments {
        let texts = arguments.iter().map(|argument| StringValue::from(text(argument))).collect();
        recorded.push(KeyValue::new(COMMAND_ARGS, Value::Array(Array::String(texts))));
    }

    let mut attributes = options.attributes.clone();
    for attribute in recorded {
        if !attributes.iter().any(|given| given.key == attribute.key) {
            attributes.push(attribute);
        }
    }
    SpanBuilder::from_name(options.name.clone().unwrap_or(name.into()))
        .with_kind(kind)
        .with_attributes(attributes)
}

/// Starts the span under `parent`, and adds it to `base`. There may be no span: without a provider, after its
/// shutdown, or while telemetry is suppressed.
fn start(
    span: SpanBuilder,
    options: &Options<'_>,
    parent: &Context,
    base: &Context,
) -> Option<Context> {
    let cx = match options.tracer {
        Some(tracer) => tracer.start_span(span, parent, base),
        None => {
            let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
                .with_version(env!("CARGO_PKG_VERSION"))
                .build();
            global::tracer_with_scope(scope).start_span(span, parent, base)
        }
    };
    // The API's no-op span is a copy of its parent.
    if !has_span(&cx) || same_span(&cx, parent) {
        event!(
            DEBUG,
            "EnvCarrier.NoSpan",
            "There is no span. Is a global tracer provider set (or a tracer, with `with_tracer`), is it not shut down, is telemetry not suppressed, and is there only one version of opentelemetry in the program?",
            opentelemetry = crate::log::OPENTELEMETRY
        );
        return None;
    }
    // Not if there is a span to link to.
    if !has_span(base) {
        event!(
            DEBUG,
            "EnvCarrier.NoParentSpan",
            "A span starts a new trace: the given context has no span; or none was given, none is current on this thread, and none was inherited"
        );
    }
    Some(cx)
}

fn text(text: &OsStr) -> String {
    text.to_string_lossy().into_owned()
}
