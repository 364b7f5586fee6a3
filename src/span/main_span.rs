//! The span around this process's `main`.

use std::ffi::OsString;
use std::fmt;
use std::process::{ExitCode, Termination};
use std::{env, process, thread};

use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, ContextGuard};

use super::options::Options;
use super::record::{Process, ProcessSpan};
use crate::context::{set_main, unset_main};
use crate::extract::extract_parent_context;

/// The span around `main`: the callee's half of a trace across processes, as [`InSpan`](crate::InSpan)
/// is the caller's.
///
/// ```
/// use std::process::ExitCode;
///
/// use opentelemetry_env_carrier::MainSpan;
///
/// fn main() -> ExitCode {
///     // The tracer provider is set up here, and shut down after the span has ended.
///     let span = MainSpan::start();
///     span.end(run())
/// }
///
/// /// Returns what `main` could return.
/// fn run() -> Result<(), std::io::Error> {
///     Ok(())
/// }
/// ```
///
/// It extracts the parent context, starts a span of kind `INTERNAL` under it, and makes it current on
/// this thread. While it lives, [`with_trace_context`](crate::WithTraceContext::with_trace_context) and
/// [`in_span`](crate::InSpan::in_span) fall back to it on every thread without a current span.
/// (OpenTelemetry's own spans do not: attach its [`context`](Self::context).) A current span takes
/// precedence, and current baggage is kept.
///
/// It is not for servers, because the span would last as long as the server: see
/// [the guide](crate::guide::end_of_main#servers).
///
/// # What the span records
///
/// It follows [*Semantic conventions for CLI programs*][conventions] (status: Development), for the callee:
///
/// - Its name and `process.executable.name` are the base name of this program's file. It also records
///   `process.executable.path` and `process.pid`.
/// - `process.exit.code`, and if it is not 0, the code as `error.type` and the status `Error`.
/// - Dropped by a panic: exit code 101 and `error.type` `panic`. Dropped otherwise, for example by `?` in
///   `main`: neither an exit code nor an error.
///
/// By default its instrumentation scope is this crate. Without a tracer provider, after its shutdown, or
/// while telemetry is suppressed there is no span, and the parent context is current.
///
/// It belongs to its thread, and is not `Send`:
///
/// ```compile_fail,E0277
/// let span = opentelemetry_env_carrier::MainSpan::start();
/// std::thread::spawn(move || span.end(()));
/// ```
///
/// `process::exit` and a signal drop nothing: see [`end_with_code`](Self::end_with_code) and
/// [the guide](crate::guide::end_of_main).
///
/// [conventions]: https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/#execution-callee-spans
#[must_use = "the span ends when this is dropped: bind it to a name"]
pub struct MainSpan {
    span: ProcessSpan,
    counts_everywhere: bool,
    /// A context belongs to a thread, so this does, too.
    _current: ContextGuard,
}

impl MainSpan {
    /// Starts the span. Set the tracer provider first.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// A span with options.
    pub fn builder<'a>() -> MainSpanBuilder<'a> {
        MainSpanBuilder { records_arguments: false, options: Options::default() }
    }

    /// The context with the span: for tasks and threads that make spans of their own.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.span.context()
    }

    /// Reports the result as `main` itself would, records the exit code, and ends the span.
    ///
    /// An `Err` is written to standard error, as usual, and its exit code is 1.
    pub fn end(self, result: impl Termination) -> ExitCode {
        let exit_code = result.report();
        // An `ExitCode` does not tell its number. It can only be compared.
        match (0..=u8::MAX).find(|code| ExitCode::from(*code) == exit_code) {
            Some(code) => self.span.end_with_code(code.into()),
            None => self.span.end_without_code(),
        }
        exit_code
    }

    /// Records the exit code, and ends the span: before [`process::exit`](std::process::exit), which
    /// drops nothing.
    pub fn end_with_code(&self, code: i32) {
        self.span.end_with_code(code);
    }
}

impl Drop for MainSpan {
    fn drop(&mut self) {
        if thread::panicking() {
            self.span.end_with_panic();
        }
        if self.counts_everywhere {
            unset_main();
        }
    }
}

impl fmt::Debug for MainSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MainSpan").finish_non_exhaustive()
    }
}

/// A [`MainSpan`] that is about to start.
#[must_use = "the span is not started yet"]
pub struct MainSpanBuilder<'a> {
    records_arguments: bool,
    options: Options<'a>,
}

impl<'a> MainSpanBuilder<'a> {
    options!();

    /// Records the program and its arguments as `process.command_args`. They may contain secrets. What is
    /// not Unicode in them is replaced.
    pub fn with_arguments(mut self) -> Self {
        self.records_arguments = true;
        self
    }

    /// Starts the span. Its parent context is [the extracted one](extract_parent_context), unless another
    /// was given.
    pub fn start(self) -> MainSpan {
        let arguments: Vec<OsString> = env::args_os().collect();
        let program = match env::current_exe() {
            Ok(path) => OsString::from(path),
            Err(_) => arguments.first().cloned().unwrap_or_default(),
        };
        let process = Process {
            kind: SpanKind::Internal,
            program: &program,
            arguments: self.records_arguments.then_some(arguments),
        };
        let parent = self.options.parent.unwrap_or_else(extract_parent_context);
        let options = Options { parent: Some(parent), ..self.options };
        let span = ProcessSpan::start(process, options);
        span.set_pid(process::id());
        let cx = span.context();
        MainSpan { counts_everywhere: set_main(cx), _current: cx.clone().attach(), span }
    }
}

impl fmt::Debug for MainSpanBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MainSpanBuilder").finish_non_exhaustive()
    }
}
