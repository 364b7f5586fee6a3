//! The span of a child that is spawned in any way.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;

use super::options::Options;
use super::record::{Process, ProcessSpan};

/// The span of a child that no `Command` spawns, or that is waited for by other means: a PTY, a
/// container, a job on another host, a runner of your own.
///
/// ```
/// # fn spawn(_: opentelemetry_env_carrier::EnvChanges) -> std::io::Result<u32> { Ok(7) }
/// # fn wait(_: u32) -> i32 { 0 }
/// # fn main() -> std::io::Result<()> {
/// use opentelemetry_env_carrier::{ChildSpan, EnvChanges};
///
/// let span = ChildSpan::builder("worker").start();
/// let pid = spawn(EnvChanges::from_context(span.context()))
///     .inspect_err(|error| span.end_with_error(error))?;
/// span.set_pid(pid);
/// span.end_with_code(wait(pid));
/// # Ok(())
/// # }
/// ```
///
/// It records what [`InSpan`](crate::InSpan) does. It ends once: later calls that end it do nothing.
/// Dropped, it ends without an exit code.
#[must_use = "the span ends when this is dropped"]
pub struct ChildSpan(pub(super) Arc<ProcessSpan>);

impl ChildSpan {
    /// The span of a child that runs `program`: a name or a path.
    pub fn builder<'a>(program: impl AsRef<OsStr>) -> ChildSpanBuilder<'a> {
        ChildSpanBuilder {
            program: program.as_ref().to_owned(),
            arguments: None,
            options: Options::default(),
        }
    }

    /// The context with the span: inject it into the child. Attributes that are known at the end, such as
    /// CPU times, can be set on [its span](opentelemetry::trace::TraceContextExt::span) before one of the
    /// methods that end it.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.0.context()
    }

    /// Records the child's `process.pid`.
    pub fn set_pid(&self, pid: u32) {
        self.0.set_pid(pid);
    }

    /// From now on no failure marks the span as an error: for a child that you cancel. The exit code is
    /// still recorded.
    pub fn ignore_failure(&self) {
        self.0.ignore_failure();
    }

    /// Records how the child ended, and ends the span.
    pub fn end_with_status(&self, status: ExitStatus) {
        self.0.end_with_status(status);
    }

    /// Records the exit code, and ends the span. For a child that a signal ended, the convention is 128
    /// plus the number of the signal.
    pub fn end_with_code(&self, code: i32) {
        self.0.end_with_code(code);
    }

    /// Records that the child could not be spawned or waited for, and ends the span.
    pub fn end_with_error(&self, error: &io::Error) {
        self.0.end_with_error(error);
    }
}

impl fmt::Debug for ChildSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpan").finish_non_exhaustive()
    }
}

/// A [`ChildSpan`] that is about to start.
#[must_use = "the span is not started yet"]
pub struct ChildSpanBuilder<'a> {
    program: OsString,
    arguments: Option<Vec<OsString>>,
    options: Options<'a>,
}

impl<'a> ChildSpanBuilder<'a> {
    options!(child);

    /// Records the program and these arguments as `process.command_args`. They may contain secrets. What
    /// is not Unicode in them is replaced.
    pub fn with_arguments(
        mut self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned());
        self.arguments = Some(arguments.collect());
        self
    }

    /// Starts the span. By default its parent span is the current one, or that of
    /// [`MainSpan`](crate::MainSpan), or the one that this process was spawned in.
    pub fn start(self) -> ChildSpan {
        let arguments = self.arguments.as_ref();
        let process = Process {
            kind: SpanKind::Client,
            program: &self.program,
            arguments: arguments.map(|all| all.iter().map(OsString::as_os_str).collect()),
        };
        ChildSpan(Arc::new(ProcessSpan::start(&process, self.options)))
    }
}

impl fmt::Debug for ChildSpanBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpanBuilder").finish_non_exhaustive()
    }
}
