//! The three kinds of command, so that a case is written once.

use std::fmt::Debug;
use std::io;
use std::process::{Command, Output, Stdio};

use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::{ChildInSpan, CommandInSpan, InSpan};

/// What a program does with a command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Status,
    Output,
    Wait,
    WaitTwice,
    WaitWithOutput,
    /// Before the child ends, and afterwards. Its standard input is piped.
    TryWait,
    /// Its standard input and output are piped.
    Converse,
    Kill,
    Drop,
}

/// An option of [`CommandInSpan`].
pub(super) enum With {
    Name(&'static str),
    Attribute(&'static str, &'static str),
    Parent(fn() -> Context),
    Arguments,
    ExpectedCodes(&'static [i32]),
    NoTraceContext,
}

/// Standard input, output and error, where they are set.
pub(super) type Streams = [Option<Stdio>; 3];

/// What a program sees of its command.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// The result, as `Debug` shows it.
    pub(super) result: String,
    pub(super) error: Option<String>,
    /// What the method itself captured.
    pub(super) stdout: String,
    pub(super) pid: Option<u32>,
}

impl Outcome {
    fn of<T: Debug>(result: io::Result<T>) -> Self {
        let error = result.as_ref().err().map(ToString::to_string);
        Self { result: format!("{result:?}"), error, ..Self::default() }
    }

    fn of_output(result: io::Result<Output>) -> Self {
        let stdout = result.as_ref().map(|output| output.stdout.clone()).unwrap_or_default();
        Self { stdout: String::from_utf8(stdout).unwrap(), ..Self::of(result) }
    }
}

pub(super) trait Kind {
    const NAME: &'static str;
    type Command: InSpan + From<Command>;
    type Child;

    /// With the command itself, or with the command in a span with these options.
    async fn run(
        operation: Operation,
        command: Command,
        streams: Streams,
        in_span: Option<&[With]>,
    ) -> Outcome;

    fn spawn(command: CommandInSpan<'_, Self::Command>) -> ChildInSpan<Self::Child>;
}

/// A program that knows nothing of spans: that it compiles for both is half of the test.
macro_rules! operate {
    (
        $operation:ident, $command:ident,
        $wait:ident, $try_wait:ident, $wait_with_output:ident, [$($await:tt)*], [$($await_kill:tt)*]
    ) => {
        match $operation {
            Operation::Status => Outcome::of($command.status()$($await)*),
            Operation::Output => Outcome::of_output($command.output()$($await)*),
            _ => match $command.spawn() {
                Err(error) => Outcome::of(Err::<(), _>(error)),
                Ok(mut child) => {
                    let pid = id_of(&child);
                    let outcome = match $operation {
                        Operation::Status | Operation::Output => unreachable!("see above"),
                        Operation::Wait => Outcome::of(child.$wait()$($await)*),
                        Operation::WaitTwice => {
                            Outcome::of(Ok((child.$wait()$($await)*, child.$wait()$($await)*)))
                        }
                        Operation::WaitWithOutput => {
                            Outcome::of_output(child.$wait_with_output()$($await)*)
                        }
                        Operation::TryWait => {
                            let before = child.$try_wait();
                            drop(child.stdin.take());
                            let mut after = child.$try_wait();
                            while let Ok(None) = after {
                                std::thread::yield_now();
                                after = child.$try_wait();
                            }
                            Outcome::of(Ok((before, after, child.$try_wait())))
                        }
                        Operation::Converse => {
                            let answer = converse(&mut child)$($await)*;
                            Outcome::of(Ok((answer, child.$wait()$($await)*)))
                        }
                        Operation::Kill => {
                            let killed = child.kill()$($await_kill)*;
                            Outcome::of(Ok((killed, child.$wait()$($await)*)))
                        }
                        Operation::Drop => {
                            drop(child);
                            Outcome::default()
                        }
                    };
                    Outcome { pid, ..outcome }
                }
            },
        }
    };
}

macro_rules! kind {
    (
        $kind:ident: $name:literal, $module:ident, [$($asynchronous:tt)*],
        $read:path, $write:path, $($methods:tt)*
    ) => {
        pub(super) struct $kind;

        impl Kind for $kind {
            const NAME: &'static str = $name;
            type Command = $module::Command;
            type Child = $module::Child;

            async fn run(
                operation: Operation,
                command: Command,
                [stdin, stdout, stderr]: Streams,
                in_span: Option<&[With]>,
            ) -> Outcome {
                fn id_of(child: &$module::Child) -> Option<u32> {
                    child.id().into()
                }
                $($asynchronous)* fn converse(child: &mut $module::Child) -> io::Result<String> {
                    use {$read as _, $write as _};
                    conversation!(child, $($methods)*)
                }

                let mut command = $module::Command::from(command);
                stdin.map(|stdin| _ = command.stdin(stdin));
                stdout.map(|stdout| _ = command.stdout(stdout));
                stderr.map(|stderr| _ = command.stderr(stderr));
                match in_span {
                    None => operate!(operation, command, $($methods)*),
                    Some(options) => {
                        let command = with(command.in_span(), options);
                        operate!(operation, command, $($methods)*)
                    }
                }
            }

            fn spawn(command: CommandInSpan<'_, Self::Command>) -> ChildInSpan<Self::Child> {
                command.spawn().unwrap()
            }
        }
    };
}

/// The child ends when it has read its input.
macro_rules! conversation {
    (
        $child:ident, $wait:ident, $try_wait:ident, $wait_with_output:ident,
        [$($await:tt)*], [$($await_kill:tt)*]
    ) => {{
        let mut stdin = $child.stdin.take().unwrap();
        stdin.write_all(b"question")$($await)*?;
        stdin.flush()$($await)*?;
        drop(stdin);
        let mut answer = String::new();
        $child.stdout.take().unwrap().read_to_string(&mut answer)$($await)*?;
        Ok(answer)
    }};
}

use std::process as std_process;

use tokio::process as tokio_process;

kind!(Std: "std", std_process, [], std::io::Read, std::io::Write,
    wait, try_wait, wait_with_output, [], []);
kind!(Tokio: "tokio", tokio_process, [async], tokio::io::AsyncReadExt, tokio::io::AsyncWriteExt,
    wait, try_wait, wait_with_output, [.await], [.await]);
kind!(AsyncProcess: "async-process", async_process, [async],
    futures_lite::AsyncReadExt, futures_lite::AsyncWriteExt,
    status, try_status, output, [.await], []);

pub(super) fn with<'a, C: InSpan>(
    command: CommandInSpan<'a, C>,
    options: &[With],
) -> CommandInSpan<'a, C> {
    options.iter().fold(command, |command, option| match *option {
        With::Name(name) => command.with_name(name),
        With::Attribute(key, value) => command.with_attributes([KeyValue::new(key, value)]),
        With::Parent(parent) => command.with_parent(&parent()),
        With::Arguments => command.with_arguments(),
        With::ExpectedCodes(codes) => command.with_expected_codes(codes.iter().copied()),
        With::NoTraceContext => command.without_trace_context(),
    })
}
