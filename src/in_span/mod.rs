//! A command in a span of its own.

#[cfg(feature = "async-process")]
#[cfg_attr(docsrs, doc(cfg(feature = "async-process")))]
mod async_process;
mod record;
mod std_process;
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
mod tokio_process;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use opentelemetry::{Context, KeyValue};

use self::record::{CommandSpan, Description};
use crate::inject::WithTraceContext;

/// Spawns a command in a span of its own, which the child continues.
///
/// [`std::process::Command`] has it, and with the feature of the same name those of `tokio` and
/// `async_process`.
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
/// It follows [*Semantic conventions for CLI programs*][conventions], for the caller:
///
/// - Kind `CLIENT`. Its name and `process.executable.name` are the program's base name.
/// - `process.pid`, but not for `output()` of a command, which does not expose the child.
/// - `process.exit.code`. If a signal ended the child, 128 plus the signal's number, as in a shell.
/// - Status `Error` and `error.type` if, and only if, the command did not succeed. The type is the exit
///   code, the name of the signal (`SIGKILL`), or, if the command could not be spawned, the kind of the
///   error (`NotFound`); then there is no exit code.
///
/// The span ends when the exit is seen through [`ChildInSpan`], or without an exit code when the
/// `ChildInSpan` is dropped. Its instrumentation scope is this crate.
///
/// # What does not change
///
/// - `spawn`, `status` and `output` do what the command's own methods do: standard streams, results
///   and errors are the same.
/// - The current context stays as it is. The parent span is the current one, or that of
///   [`with_parent`](CommandInSpan::with_parent).
/// - Without a tracer provider, after its shutdown, or while telemetry is suppressed, there is no span,
///   and the child receives what [`with_trace_context`](WithTraceContext::with_trace_context) would
///   inject.
///
/// [conventions]: https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/#client-caller-spans
pub trait InSpan: Sealed {
    /// The command, in a span of its own. Nothing happens until `spawn`, `status` or `output` is called.
    fn in_span(&mut self) -> CommandInSpan<'_, Self> {
        CommandInSpan {
            command: self,
            name: None,
            attributes: Vec::new(),
            parent: None,
            records_arguments: false,
            injects: true,
        }
    }
}

/// A command that is about to be spawned in a span of its own: see [`InSpan`].
#[must_use = "the command is not spawned yet"]
pub struct CommandInSpan<'a, C> {
    command: &'a mut C,
    name: Option<Cow<'static, str>>,
    attributes: Vec<KeyValue>,
    parent: Option<Context>,
    records_arguments: bool,
    injects: bool,
}

impl<'a, C: Sealed> CommandInSpan<'a, C> {
    /// Names the span. By default its name is the program's base name.
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds attributes to the span. Samplers see them.
    pub fn with_attributes(mut self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// Sets the parent context, in place of the current one. Its baggage is injected, too.
    pub fn with_parent(mut self, parent: &Context) -> Self {
        self.parent = Some(parent.clone());
        self
    }

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

    /// Starts the span and changes the command's environment.
    fn start(self) -> (&'a mut C, CommandSpan) {
        let parent = self.parent.unwrap_or_else(Context::current);
        let span = CommandSpan::start(
            &parent,
            Description {
                program: self.command.program(),
                arguments: self.records_arguments.then(|| self.command.arguments()),
                name: self.name,
                attributes: self.attributes,
            },
        );
        if self.injects {
            self.command.with_trace_context_from(span.context());
        } else {
            self.command.without_trace_context();
        }
        (self.command, span)
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
/// It derefs to the child, and has the child's methods that wait for the exit. The first of them that
/// sees it, or fails, ends the span. An exit that is seen by other means, through `&mut *child` for example,
/// is not recorded.
#[must_use = "the span ends when this is dropped"]
pub struct ChildInSpan<C> {
    child: C,
    span: Arc<CommandSpan>,
}

impl<C> ChildInSpan<C> {
    /// The context with the child's span.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.span.context()
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

/// What the span records of a command. Only this crate implements it, so it seals [`InSpan`].
pub trait Sealed: WithTraceContext + Sized {
    #[doc(hidden)]
    fn program(&self) -> &OsStr;

    #[doc(hidden)]
    fn arguments(&self) -> Vec<&OsStr>;
}
