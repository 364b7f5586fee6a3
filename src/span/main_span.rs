//! The span around this process's `main`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{ExitCode, Termination};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, thread};

use opentelemetry::{Context, ContextGuard};

use super::once::OnlyOnce;
use super::options::Options;
use super::record::{Process, ProcessSpan};
use super::{open_children, this_process};
use crate::context::{set_main, unset_main};

/// The span around `main`: the callee's half of a trace across processes, as [`InSpan`](crate::InSpan)
/// is the caller's.
///
/// ```
/// use std::process::ExitCode;
///
/// use opentelemetry_env_carrier::MainSpan;
///
/// # #[derive(Clone)] struct Provider;
/// # impl Provider { fn shutdown(&self) {} }
/// # fn provider() -> Provider { Provider }
/// fn main() -> ExitCode {
///     let provider = provider(); // the global one, as on the guide's page on the end of `main`
///     let span = MainSpan::builder().with_shutdown(move || provider.shutdown()).start();
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
/// precedence. Baggage that was current before it is kept, unless the parent sent some, which replaces all of it:
/// see [the guide](crate::guide::recipes#baggage).
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
/// - `process.exit.code`, as the parent process sees it, and if it is not 0, the code as `error.type` and the
///   status `Error`. The text of an error is not recorded, because it may be secret: see below.
/// - Dropped by a panic: exit code 101 and `error.type` `panic`. Dropped otherwise, for example by `?` in
///   `main`: neither an exit code nor an error.
///
/// By default its instrumentation scope is this crate. Without a tracer provider, after its shutdown, or
/// while telemetry is suppressed there is no span, and the parent context is current.
///
/// To record the text of an error, too:
///
/// ```
/// # use std::process::ExitCode;
/// # fn run() -> Result<(), std::io::Error> { Ok(()) }
/// use opentelemetry::trace::TraceContextExt as _;
/// use opentelemetry_env_carrier::MainSpan;
///
/// # fn main() -> ExitCode {
/// let span = MainSpan::start();
/// let result = run();
/// if let Err(error) = &result {
///     span.context().span().record_error(error); // before the end, which takes the span
/// }
/// span.end(result)
/// # }
/// ```
///
/// It belongs to its thread, and is not `Send`:
///
/// ```compile_fail,E0277
/// let span = opentelemetry_env_carrier::MainSpan::start();
/// std::thread::spawn(move || span.end(()));
/// ```
///
/// # The end of the process
///
/// The span ends once: by what comes first of [`end`](Self::end), [`end_with_code`](Self::end_with_code) before
/// `process::exit`, [`end_with_signal`](Self::end_with_signal), a [handle](Self::handle) on another thread, and
/// the drop (`?`, a panic). Then [`with_shutdown`](MainSpanBuilder::with_shutdown) runs. Signals, `exec` and
/// `fork` are in [the guide](crate::guide::end_of_main).
///
/// If several `MainSpan`s are alive, other threads fall back to the one that was started first. When that is dropped,
/// none that is already running takes its place.
///
/// [conventions]: https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/#execution-callee-spans
#[must_use = "the span ends when this is dropped: bind it to a name"]
#[derive(Debug)]
pub struct MainSpan {
    handle: MainSpanHandle,
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
        MainSpanBuilder {
            records_arguments: false,
            is_linked: false,
            shutdown: None,
            options: Options::default(),
        }
    }

    /// The context with the span: for tasks and threads that make spans of their own.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.handle.context()
    }

    /// A handle that ends the span from any thread: from one that handles signals, for example.
    #[must_use]
    pub fn handle(&self) -> MainSpanHandle {
        self.handle.clone()
    }

    /// Reports the result as `main` itself would, records the exit code, and ends the span.
    ///
    /// An `Err` is written to standard error, as usual, and its exit code is 1. Pass what a function returns that
    /// has a type: in `end(Ok(()))` the compiler cannot know that of the error.
    pub fn end(self, result: impl Termination) -> ExitCode {
        let exit_code = result.report();
        // An `ExitCode` does not tell its number. It can only be compared. (On Windows it may be another one.)
        match (0..=u8::MAX).find(|code| ExitCode::from(*code) == exit_code) {
            Some(code) => self.end_with_code(code.into()),
            None => self.handle.end(ProcessSpan::end_without_code),
        }
        exit_code
    }

    /// Records the exit code, and ends the span: before [`process::exit`](std::process::exit), which
    /// drops nothing. On Unix the code is recorded as the parent process sees it: -1 is 255, and 256 is 0.
    pub fn end_with_code(&self, code: i32) {
        self.handle.end_with_code(code);
    }

    /// Records that a signal ends this process, and ends the span. The exit code is 128 plus the number of the
    /// signal, as in a shell, and the `error.type` the name of the signal, or that code. It does not end the
    /// process: see [the guide](crate::guide::end_of_main#signals).
    #[cfg(unix)]
    pub fn end_with_signal(&self, signal: i32) {
        self.handle.end_with_signal(signal);
    }
}

impl Drop for MainSpan {
    fn drop(&mut self) {
        if thread::panicking() {
            self.handle.end(ProcessSpan::end_with_panic);
        } else {
            self.handle.end(ProcessSpan::end_without_code);
        }
        if self.handle.0.is_fallback {
            unset_main();
        }
    }
}

/// Ends a [`MainSpan`] from any thread: see [`MainSpan::handle`].
///
/// The first call that ends the span counts. A later one waits until that is done, the shutdown included; on the
/// thread that runs the shutdown, in a panic hook for example, it returns at once. Dropping a handle does
/// nothing.
#[derive(Clone)]
pub struct MainSpanHandle(Arc<Shared>);

/// What a [`MainSpan`] and its handles share.
struct Shared {
    span: ProcessSpan,
    /// Whether other threads fall back to this span.
    is_fallback: bool,
    /// A `FnOnce` has to be moved out.
    shutdown: Mutex<Option<Shutdown>>,
    ended: OnlyOnce,
}

type Shutdown = Box<dyn FnOnce() + Send>;

impl MainSpanHandle {
    /// The context with the span.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.span.cx
    }

    /// Like [`MainSpan::end_with_code`].
    pub fn end_with_code(&self, code: i32) {
        // All that the parent process sees of it.
        let code = if cfg!(unix) { code & 0xff } else { code };
        self.end(|span| span.end_with_code(code));
    }

    /// Like [`MainSpan::end_with_signal`].
    #[cfg(unix)]
    pub fn end_with_signal(&self, signal: i32) {
        self.end(|span| span.end_with_signal(signal));
    }

    fn end(&self, end_span: impl FnOnce(&ProcessSpan)) {
        let Shared { span, is_fallback, shutdown, ended } = &*self.0;
        ended.run(|| {
            catch_panic(|| end_span(span));
            let shutdown = shutdown.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(shutdown) = shutdown else { return };
            if *is_fallback {
                // After the shutdown they could not be exported.
                for child in open_children::take_all() {
                    catch_panic(|| child.end_without_code());
                }
            }
            catch_panic(shutdown);
        });
    }
}

/// A panic of a span processor, or of the shutdown, has been reported by the hook. It must neither skip what comes
/// next, nor change how `main` ends.
fn catch_panic(action: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(action));
}

debug_shows_name_only!(MainSpanHandle);

/// A [`MainSpan`] that is about to start.
#[must_use = "the span is not started yet"]
pub struct MainSpanBuilder<'a> {
    records_arguments: bool,
    is_linked: bool,
    shutdown: Option<Shutdown>,
    options: Options<'a>,
}

impl<'a> MainSpanBuilder<'a> {
    options!();

    /// Records the command line as `process.command_args`, from the program's name on, as it was called. It may
    /// contain secrets. What is not Unicode in it is replaced.
    pub fn with_arguments(mut self) -> Self {
        self.records_arguments = true;
        self
    }

    /// Starts a new trace, with a link to the parent span in place of a parent, if there is one: for what
    /// outlives its starter, such as a daemon, a job that runs much later, or a restarted container. The new trace
    /// is sampled for itself, and samplers see the link, which has no attributes. Baggage is kept, and suppression of
    /// telemetry. The parent is the one that is extracted, or that of [`with_parent`](Self::with_parent).
    ///
    /// Without a tracer provider nothing is linked, and children stay in the starter's trace. A daemon that may have
    /// none spawns them with [`without_trace_context`](crate::WithTraceContext::without_trace_context).
    pub fn with_linked_parent(mut self) -> Self {
        self.is_linked = true;
        self
    }

    /// Runs `shutdown` once, when the span has ended, however that happens: it is the place to shut the tracer
    /// provider down, and others. What it returns is ignored, because a failed export must not fail the program,
    /// and a panic is caught. How long it takes is its own matter, so limit it in time.
    ///
    /// Before it runs, spans of children that are still open end without an exit code: otherwise a child would
    /// have a parent span that no backend ever receives. (Only with the `MainSpan` to which other threads fall back.)
    ///
    /// A second call replaces the first. It must not wait for a thread that ends the span. Nor may a span processor
    /// end it, or a panic hook that runs in one: that would wait for itself.
    pub fn with_shutdown<T>(mut self, shutdown: impl FnOnce() -> T + Send + 'static) -> Self {
        self.shutdown = Some(Box::new(|| {
            shutdown();
        }));
        self
    }

    /// Starts the span. Its parent context is [the extracted one](crate::extract_parent_context), unless
    /// another was given.
    pub fn start(self) -> MainSpan {
        let program = this_process::program();
        let arguments = self.records_arguments.then(|| env::args_os().collect());
        let process = Process { program: &program, arguments };
        let span = ProcessSpan::of_main(process, self.options, self.is_linked);
        if let Some(pid) = this_process::pid() {
            span.set_pid(pid);
        }
        let cx = span.cx.clone();
        let is_fallback = set_main(&cx);
        let shutdown = Mutex::new(self.shutdown);
        let shared = Shared { span, is_fallback, shutdown, ended: OnlyOnce::new() };
        MainSpan { handle: MainSpanHandle(Arc::new(shared)), _current: cx.attach() }
    }
}

debug_shows_name_only!(MainSpanBuilder<'a>);
