//! A command in a span of its own.

use std::ffi::{OsStr, OsString};
use std::process::{CommandArgs, CommandEnvs};
use std::{env, iter};

use super::ChildSpan;
use super::options::Options;
use super::record::{Process, ProcessSpan};
use crate::environment::same_variable;
use crate::inject::{EnvChanges, WithTraceContext};

/// Spawns a command in a span of its own, which the child continues.
///
/// These commands have it:
///
/// - [`std::process::Command`];
/// - `tokio::process::Command`, with the feature `tokio`;
/// - `async_process::Command`, with the feature `async-process`.
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
/// - It is not an error if the exit code is [expected](CommandInSpan::with_expected_codes), or after
///   [`ignore_failure`](super::ChildInSpan::ignore_failure). It is one of your own after
///   [`fail_with`](super::ChildInSpan::fail_with).
///
/// The span ends when the exit is seen through [`ChildInSpan`](super::ChildInSpan), or without an exit code
/// when the `ChildInSpan` is dropped. That of `output()` ends when the pipes are closed: a grandchild that keeps
/// them open makes it longer than the child ran. By default its instrumentation scope is this crate.
///
/// # Its parent span
///
/// That of [`with_parent`](CommandInSpan::with_parent); else the current one; else that of
/// [`MainSpan`](crate::MainSpan), on every thread; else the one that this process was spawned in. So a
/// thread without a current span stays in the caller's trace. A span without any parent is logged at
/// `DEBUG`.
///
/// # What the child receives
///
/// The context with the span, whatever was set, unset or cleared on the command before. If the program must not see
/// the trace: `in_span().without_trace_context()`.
///
/// Without a tracer provider, after its shutdown, or while telemetry is suppressed, there is no span. The child then
/// receives what [`with_trace_context`](WithTraceContext::with_trace_context) would inject, or the context that was
/// given with [`with_parent`](CommandInSpan::with_parent). That there is no span is logged at `DEBUG`.
///
/// # What does not change
///
/// - `spawn`, `status` and `output` do what the command's own methods do: standard streams, results and errors are
///   the same. A child that fails is no `Err`, so look at its status. (Arguments and variables together may be too
///   long with the context: see [`WithTraceContext`].)
/// - The current context stays as it is.
/// - The command: after the spawn its variables are restored, also if the spawn panics. (A `Command` cannot go back
///   to inheriting a variable: one that was neither set nor unset explicitly now has this process's value, or
///   none.)
///
/// # Compile errors
///
/// `in_span()` borrows the command, so `let command = Command::new("make").in_span();` refers to a temporary.
/// Bind the command first: `let mut command = Command::new("make"); command.in_span().status()?;`.
///
/// [conventions]: https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/#client-caller-spans
pub trait InSpan: SpawnableCommand {
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

impl<C: SpawnableCommand> InSpan for C {}

/// A command that is about to be spawned in a span of its own: see [`InSpan`].
#[must_use = "the command is not spawned yet"]
pub struct CommandInSpan<'a, C> {
    command: &'a mut C,
    records_arguments: bool,
    injects: bool,
    options: Options<'a>,
}

impl<'a, C: InSpan> CommandInSpan<'a, C> {
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
        let Self { command, records_arguments, injects, options } = self;
        let Parts { program, arguments, .. } = command.parts(Token(()));
        let arguments = if records_arguments {
            Some(iter::once(program).chain(arguments).map(OsStr::to_owned).collect())
        } else {
            None
        };
        let span = ChildSpan::new(ProcessSpan::of_child(Process { program, arguments }, options));
        let changes = if injects {
            EnvChanges::from_context_with(span.context(), span.whose_span())
        } else {
            EnvChanges::that_remove_the_context()
        };
        let mut before = Vec::new();
        for (name, _) in &changes {
            before.push((name.to_owned(), setting_of(name, command)));
        }
        let restored = RestoredOnDrop { command, before };
        changes.apply_to(restored.command);
        // A future of `output` has spawned the child when it is made, before it is polled.
        let spawned = spawn(restored.command);
        (spawned, span)
    }
}

debug_shows_name_only!(CommandInSpan<'a, C>);

/// A command that can be spawned in a span. Only this crate implements it, and only this crate can call
/// its methods, because nobody else has a [`Token`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be spawned in a span",
    note = "for the `Command` of `tokio` or `async-process`, enable the feature `tokio` or `async-process` of `opentelemetry-env-carrier`",
    note = "for any other child, start a `ChildSpan`"
)]
pub trait SpawnableCommand: WithTraceContext + Sized {
    #[doc(hidden)]
    fn parts(&self, _: Token) -> Parts<'_>;

    #[doc(hidden)]
    fn set_os_var(&mut self, name: &str, value: OsString, _: Token);
}

/// What was set on a command.
pub struct Parts<'a> {
    program: &'a OsStr,
    arguments: CommandArgs<'a>,
    variables: CommandEnvs<'a>,
}

/// What only this crate can make.
///
/// ```compile_fail,E0061
/// use opentelemetry_env_carrier::InSpan;
///
/// fn change<C: InSpan>(command: &mut C) {
///     command.set_os_var("NAME", "value".into());
/// }
/// ```
pub struct Token(());

/// Commands of different crates have the same methods, but no trait for them. The second argument is the
/// method that borrows a command as one of `std`, if it is needed to look at its parts.
macro_rules! spawnable_command {
    ($command:ty $(, $as_std:ident)?) => {
        impl SpawnableCommand for $command {
            fn parts(&self, _: Token) -> Parts<'_> {
                let command = self$(.$as_std())?;
                Parts {
                    program: command.get_program(),
                    arguments: command.get_args(),
                    variables: command.get_envs(),
                }
            }

            fn set_os_var(&mut self, name: &str, value: OsString, _: Token) {
                self.env(name, value);
            }
        }
    };
}

spawnable_command!(std::process::Command);

#[cfg(feature = "tokio")]
spawnable_command!(tokio::process::Command, as_std);

#[cfg(feature = "async-process")]
spawnable_command!(async_process::Command);

/// A command whose variables become what they were when this is dropped, also if the spawn panics.
struct RestoredOnDrop<'a, C: SpawnableCommand> {
    command: &'a mut C,
    before: Vec<(String, Setting)>,
}

/// What was done to a variable of a command explicitly, if anything: the value that was set, or `None` if it
/// was unset.
type Setting = Option<Option<OsString>>;

impl<C: SpawnableCommand> Drop for RestoredOnDrop<'_, C> {
    fn drop(&mut self) {
        for (name, setting) in self.before.drain(..) {
            restore(self.command, &name, setting);
        }
    }
}

fn setting_of(name: &str, command: &impl SpawnableCommand) -> Setting {
    let mut variables = command.parts(Token(())).variables;
    let (_, value) = variables.find(|(other, _)| same_variable(other, name))?;
    Some(value.map(OsStr::to_owned))
}

fn restore(command: &mut impl SpawnableCommand, name: &str, setting: Setting) {
    command.remove_var(name);
    // A command does not tell whether it inherits. But after `env_clear` it does not note that a variable is unset.
    let inherits = setting_of(name, command).is_some();
    let value = match setting {
        Some(value) => value,
        None if inherits => env::var_os(name),
        None => None,
    };
    if let Some(value) = value {
        command.set_os_var(name, value, Token(()));
    }
}
