//! A command in a span of its own.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::process::{ExitStatus, Output};
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;

use super::ChildSpan;
use super::options::Options;
use super::record::{Process, ProcessSpan};
use crate::environment::EnvChanges;
use crate::inject::WithTraceContext;

/// Spawns a command in a span of its own, which the child continues.
///
/// [`std::process::Command`] has it, and with the feature of the same name those of `tokio` and
/// `async-process`.
///
/// ```no_run
/// use std::process::Command;
///
/// use opentelemetry_env_carrier::InSpan as _;
///
/// # fn main() -> std::io::Result<()> {
/// let status = Command::new("make").arg("test").in_span().status()?;
/// # Ok(())
/// # }
/// ```
///
/// # What the span records
///
/// It follows [*Semantic conventions for CLI programs*][conventions] (status: Development), for the caller. The
/// name of the program is the one given, not that of the file that the system resolves it to:
///
/// - Kind `CLIENT`. Its name and `process.executable.name` are the program's base name;
///   `process.executable.path` is recorded if the program is an absolute path.
/// - `process.pid`, but not for `output()` of a command, which does not expose the child.
/// - `process.exit.code`. If a signal ended the child, 128 plus the signal's number, as in a shell.
/// - Status `Error` and `error.type` if the command did not succeed. The type is the exit code, the
///   name of a common signal (`SIGKILL`), or, if spawning or waiting failed, the kind of the error
///   (`NotFound`, or `_OTHER`); then there is no exit code, and the error is the status's description.
/// - It is no error if the exit code is [expected](CommandInSpan::with_expected_codes), or after
///   [`ignore_failure`](ChildInSpan::ignore_failure).
///
/// The span ends when the exit is seen through [`ChildInSpan`], or without an exit code when the
/// `ChildInSpan` is dropped. By default its instrumentation scope is this crate.
///
/// # Its parent span
///
/// That of [`with_parent`](CommandInSpan::with_parent); else the current one; else that of
/// [`MainSpan`](crate::MainSpan), on every thread; else the one that this process was spawned in. So a
/// thread without a current span stays in the caller's trace. A span without any parent is logged at
/// `DEBUG`.
///
/// # What does not change
///
/// - `spawn`, `status` and `output` do what the command's own methods do: standard streams, results
///   and errors are the same.
/// - The current context stays as it is.
/// - The command: after the spawn its variables are restored. (A `Command` cannot go back to inheriting a
///   variable: one that was neither set nor unset explicitly now has this process's value, or none.)
/// - Without a tracer provider, after its shutdown, or while telemetry is suppressed, there is no span,
///   and the child receives what [`with_trace_context`](WithTraceContext::with_trace_context) would
///   inject. That is logged at `DEBUG`. (An explicit parent takes the place of the current context: it
///   says whether telemetry is suppressed, and is what is injected.)
///
/// [conventions]: https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/#client-caller-spans
pub trait InSpan: Sealed {
    /// The command, in a span of its own. Nothing happens until `spawn`, `status` or `output` is called.
    fn in_span(&mut self) -> CommandInSpan<'_, Self> {
        CommandInSpan {
            command: self,
            records_arguments: false,
            injects: true,
            options: Options::default(),
        }
    }
}

/// A command that is about to be spawned in a span of its own: see [`InSpan`].
#[must_use = "the command is not spawned yet"]
pub struct CommandInSpan<'a, C> {
    command: &'a mut C,
    records_arguments: bool,
    injects: bool,
    options: Options<'a>,
}

impl<'a, C: Sealed> CommandInSpan<'a, C> {
    options!(child);

    /// Records the program and its arguments as `process.command_args`. They may contain secrets, so
    /// this is off by default. What is not Unicode in them is replaced.
    pub fn with_arguments(mut self) -> Self {
        self.records_arguments = true;
        self
    }

    /// Makes the span, but removes the trace context from the child's environment, as
    /// [`WithTraceContext::without_trace_context`] does.
    pub fn without_trace_context(mut self) -> Self {
        self.injects = false;
        self
    }

    /// Starts the span, and spawns the command with the context in its environment.
    pub(super) fn spawn_with<T>(self, spawn: impl FnOnce(&mut C) -> T) -> (T, ChildSpan) {
        let command = self.command;
        let process = Process {
            kind: SpanKind::Client,
            program: command.program(),
            arguments: self.records_arguments.then(|| command.arguments()),
        };
        let span = ProcessSpan::start(&process, self.options);
        let changes = match self.injects {
            true => EnvChanges::from_context(span.context()),
            false => std::mem::take(EnvChanges::new().without_trace_context()),
        };
        let before = changes.iter().map(|(name, _)| (name.to_owned(), command.setting(name)));
        let before = Vec::from_iter(before);
        for (name, value) in changes {
            match value {
                Some(value) => command.set_var(&name, value),
                None => command.remove_var(&name),
            }
        }
        let spawned = spawn(command);
        before.into_iter().for_each(|(name, setting)| command.set_back(&name, setting));
        (spawned, ChildSpan(Arc::new(span)))
    }
}

/// Shows nothing of the command, because its `Debug` output shows values.
impl<C> fmt::Debug for CommandInSpan<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandInSpan").finish_non_exhaustive()
    }
}

/// A child process in a span of its own: see [`InSpan`].
///
/// It derefs to the child, and has the child's methods that wait for the exit. The first that
/// returns an exit status or an error ends the span. An exit that is seen by other means, through the child's
/// own `wait` for example, is not recorded.
#[must_use = "the span ends when this is dropped"]
pub struct ChildInSpan<C> {
    pub(super) child: C,
    pub(super) span: ChildSpan,
}

impl<C> ChildInSpan<C> {
    pub(super) fn new(
        (spawned, span): (io::Result<C>, ChildSpan),
        pid: impl FnOnce(&C) -> Option<u32>,
    ) -> io::Result<Self> {
        let child = spawned.inspect_err(|error| span.end_with_error(error))?;
        pid(&child).into_iter().for_each(|pid| span.set_pid(pid));
        Ok(Self { child, span })
    }

    /// The context with the child's span.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.span.context()
    }

    /// From now on no failure marks the span as an error: see [`ChildSpan::ignore_failure`].
    pub fn ignore_failure(&self) {
        self.span.ignore_failure();
    }

    /// The child and its span, to wait in a way of your own, or to set attributes at the end.
    pub fn into_parts(self) -> (C, ChildSpan) {
        (self.child, self.span)
    }
}

impl ChildSpan {
    /// Records the status in the result of a method that waits, or its error, and returns the result.
    pub(super) fn record<T>(
        &self,
        result: io::Result<T>,
        status: impl FnOnce(&T) -> Option<ExitStatus>,
    ) -> io::Result<T> {
        match &result {
            Ok(seen) => status(seen).into_iter().for_each(|status| self.end_with_status(status)),
            Err(error) => self.end_with_error(error),
        }
        result
    }

    pub(super) fn record_output(&self, output: io::Result<Output>) -> io::Result<Output> {
        self.record(output, |output| Some(output.status))
    }

    pub(super) fn record_status(&self, status: io::Result<ExitStatus>) -> io::Result<ExitStatus> {
        self.record(status, |status| Some(*status))
    }
}

impl<C> Deref for ChildInSpan<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.child
    }
}

impl<C> DerefMut for ChildInSpan<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.child
    }
}

impl<C: fmt::Debug> fmt::Debug for ChildInSpan<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildInSpan").field("child", &self.child).finish_non_exhaustive()
    }
}

/// What a span needs of a command. Only this crate implements it, so it seals [`InSpan`].
pub trait Sealed: WithTraceContext + Sized {
    #[doc(hidden)]
    fn program(&self) -> &OsStr;

    #[doc(hidden)]
    fn arguments(&self) -> Vec<&OsStr>;

    /// What was done to a variable explicitly: a value, or `None` if it is unset.
    #[doc(hidden)]
    fn setting(&self, name: &str) -> Option<Option<OsString>>;

    #[doc(hidden)]
    fn set_back(&mut self, name: &str, setting: Option<Option<OsString>>);
}

/// Commands of different crates have the same methods, but no trait for them. The second argument borrows
/// a command as one that can be inspected.
macro_rules! in_span {
    ($command:ty, $inspect:expr) => {
        impl $crate::span::InSpan for $command {}

        impl $crate::span::in_span::Sealed for $command {
            fn program(&self) -> &::std::ffi::OsStr {
                $inspect(self).get_program()
            }

            fn arguments(&self) -> Vec<&::std::ffi::OsStr> {
                $inspect(self).get_args().collect()
            }

            fn setting(&self, name: &str) -> Option<Option<::std::ffi::OsString>> {
                let mut all = $inspect(self).get_envs();
                let (_, value) =
                    all.find(|(other, _)| $crate::environment::is_same(other, name))?;
                Some(value.map(::std::ffi::OsStr::to_owned))
            }

            fn set_back(&mut self, name: &str, setting: Option<Option<::std::ffi::OsString>>) {
                self.env_remove(name);
                // After `env_clear` nothing is inherited, and nothing is noted of what is unset.
                let is_inherited = self.setting(name).is_some();
                let inherited = || is_inherited.then(|| ::std::env::var_os(name)).flatten();
                if let Some(value) = setting.unwrap_or_else(inherited) {
                    self.env(name, value);
                }
            }
        }
    };
}
pub(super) use in_span;
