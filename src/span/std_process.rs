//! Commands of the standard library.

use std::io;
use std::process::{Child, Command, ExitStatus, Output};

use super::child_in_span::ChildInSpan;
use super::in_span::CommandInSpan;

/// For a [`std::process::Command`].
impl CommandInSpan<'_, Command> {
    /// Like [`Command::spawn`], errors included, but in a span.
    pub fn spawn(self) -> io::Result<ChildInSpan<Child>> {
        let (spawned, span) = self.spawn_with(Command::spawn);
        ChildInSpan::from_spawn(spawned, span, |child| Some(child.id()))
    }

    /// Like [`Command::status`], errors included, but in a span.
    pub fn status(self) -> io::Result<ExitStatus> {
        self.spawn()?.wait()
    }

    /// Like [`Command::output`], errors included, but in a span, which has no `process.pid`.
    pub fn output(self) -> io::Result<Output> {
        let (output, span) = self.spawn_with(Command::output);
        span.end_with_result(output, |output| Some(output.status))
    }
}

/// For a [`std::process::Child`].
impl ChildInSpan<Child> {
    /// Like [`Child::wait`], errors included. It ends the span.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.span.end_with_result(self.child.wait(), |status| Some(*status))
    }

    /// Like [`Child::try_wait`], errors included. It ends the span if the child has exited.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.span.end_with_result(self.child.try_wait(), |status| *status)
    }

    /// Like [`Child::wait_with_output`], errors included. It ends the span.
    pub fn wait_with_output(self) -> io::Result<Output> {
        self.span.end_with_result(self.child.wait_with_output(), |output| Some(output.status))
    }
}
