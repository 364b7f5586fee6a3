//! The span of a child that is spawned in any way.

use std::ffi::{OsStr, OsString};
use std::process::ExitStatus;
use std::sync::Arc;
use std::{io, iter};

use opentelemetry::{Context, StringValue};

use super::open_children;
use super::options::Options;
use super::record::{Process, ProcessSpan};
use crate::context::WhoseSpan;

/// The span of a child that no `Command` spawns, or that is waited for by other means: a PTY, a
/// container, a job on another host, a runner of your own.
///
/// ```
/// # fn spawn(_: opentelemetry_env_carrier::EnvChanges) -> std::io::Result<u32> { Ok(7) }
/// # fn wait(_: u32) -> i32 { 0 }
/// # fn main() -> std::io::Result<()> {
/// use opentelemetry_env_carrier::{ChildSpan, EnvChanges};
///
/// let span = ChildSpan::start("worker");
/// let pid = spawn(EnvChanges::from_context(span.context()))
///     .inspect_err(|error| span.end_with_error(error))?;
/// span.set_pid(pid);
/// span.end_with_code(wait(pid));
/// # Ok(())
/// # }
/// ```
///
/// It records what [`InSpan`](crate::InSpan) does. It ends once: of several threads that end it, one records how,
/// and the others return when it has ended. Dropped, it ends without an exit code.
#[must_use = "the span ends when this is dropped: bind it to a name"]
pub struct ChildSpan(Arc<EndedOnDrop>);

/// A span that ends when its last owner is dropped: a [`ChildSpan`], or a future that waits for the child.
struct EndedOnDrop(Arc<ProcessSpan>);

impl ChildSpan {
    /// Starts the span of a child that runs `program`: a name or a path.
    pub fn start(program: impl AsRef<OsStr>) -> Self {
        Self::builder(program).start()
    }

    /// A span with options, of a child that runs `program`.
    pub fn builder<'a>(program: impl AsRef<OsStr>) -> ChildSpanBuilder<'a> {
        ChildSpanBuilder {
            program: program.as_ref().to_owned(),
            arguments: None,
            options: Options::default(),
        }
    }

    pub(super) fn new(span: ProcessSpan) -> Self {
        let span = Arc::new(span);
        open_children::add(&span);
        Self(Arc::new(EndedOnDrop(span)))
    }

    /// Another owner: the span goes on until both are dropped.
    #[cfg(feature = "async-process")]
    pub(super) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    pub(super) fn whose_span(&self) -> WhoseSpan {
        self.0.0.whose_span
    }

    /// The context with the span: inject it into the child. Attributes that are known at the end, such as
    /// CPU times, can be set on [its span](opentelemetry::trace::TraceContextExt::span) before one of the
    /// methods that end it; but an `error.type` with [`fail_with`](Self::fail_with), or it is exported twice.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.0.cx
    }

    /// Records the child's `process.pid`.
    pub fn set_pid(&self, pid: u32) {
        self.0.0.set_pid(pid);
    }

    /// From now on no failure marks the span as an error: for a child that you cancel. The exit code is
    /// still recorded. Of this and [`fail_with`](Self::fail_with) the last call before the end counts.
    pub fn ignore_failure(&self) {
        self.0.0.ignore_failure();
    }

    /// Marks the span as an error of this type, however the child ends, and also if the span is dropped:
    /// `timeout`, for a child that you kill because it takes too long. The exit code is still recorded, and the
    /// description of an [`io::Error`].
    pub fn fail_with(&self, error_type: impl Into<StringValue>) {
        self.0.0.fail_with(error_type.into());
    }

    /// Records how the child ended, and ends the span.
    pub fn end_with_status(&self, status: ExitStatus) {
        self.0.0.end_with_status(status);
    }

    /// Records the exit code, and ends the span. For a child that a signal ended, the convention is 128
    /// plus the number of the signal.
    pub fn end_with_code(&self, code: i32) {
        self.0.0.end_with_code(code);
    }

    /// Records that the child could not be spawned or waited for, and ends the span.
    pub fn end_with_error(&self, error: &io::Error) {
        self.0.0.end_with_error(error);
    }

    /// Ends the span if the result of a method that waits has the exit status of the child, or is an error. Returns
    /// the result.
    pub(super) fn end_with_result<T>(
        &self,
        result: io::Result<T>,
        exit_status: impl FnOnce(&T) -> Option<ExitStatus>,
    ) -> io::Result<T> {
        match &result {
            Ok(waited) => {
                if let Some(status) = exit_status(waited) {
                    self.end_with_status(status);
                }
            }
            Err(error) => self.end_with_error(error),
        }
        result
    }
}

impl Drop for EndedOnDrop {
    fn drop(&mut self) {
        self.0.end_without_code();
    }
}

debug_shows_name_only!(ChildSpan);

/// A [`ChildSpan`] that is about to start.
#[must_use = "the span is not started yet"]
pub struct ChildSpanBuilder<'a> {
    program: OsString,
    /// With the program first.
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
        self.arguments = Some(iter::once(self.program.clone()).chain(arguments).collect());
        self
    }

    /// Starts the span. By default its parent span is the current one, or that of
    /// [`MainSpan`](crate::MainSpan), or the one that this process was spawned in.
    pub fn start(self) -> ChildSpan {
        let Self { program, arguments, options } = self;
        ChildSpan::new(ProcessSpan::of_child(Process { program: &program, arguments }, options))
    }
}

debug_shows_name_only!(ChildSpanBuilder<'a>);
