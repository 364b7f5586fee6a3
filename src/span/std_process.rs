//! Commands of the standard library.

use std::io;
use std::process::{Child, Command, ExitStatus, Output};

use super::in_span::{ChildInSpan, CommandInSpan, in_span};

in_span!(Command, std::convert::identity::<&Command>);

impl CommandInSpan<'_, Command> {
    /// Like [`Command::spawn`], but in a span.
    ///
    /// # Errors
    ///
    /// Those of [`Command::spawn`].
    pub fn spawn(self) -> io::Result<ChildInSpan<Child>> {
        ChildInSpan::new(self.spawn_with(Command::spawn), |child| Some(child.id()))
    }

    /// Like [`Command::status`], but in a span.
    ///
    /// # Errors
    ///
    /// Those of [`Command::status`].
    pub fn status(self) -> io::Result<ExitStatus> {
        self.spawn()?.wait()
    }

    /// Like [`Command::output`], but in a span. The span has no `process.pid`.
    ///
    /// # Errors
    ///
    /// Those of [`Command::output`].
    pub fn output(self) -> io::Result<Output> {
        let (output, span) = self.spawn_with(Command::output);
        span.record_output(output)
    }
}

impl ChildInSpan<Child> {
    /// Like [`Child::wait`]. It ends the span.
    ///
    /// # Errors
    ///
    /// Those of [`Child::wait`].
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.span.record_status(self.child.wait())
    }

    /// Like [`Child::try_wait`]. It ends the span if the child has exited.
    ///
    /// # Errors
    ///
    /// Those of [`Child::try_wait`].
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.span.record(self.child.try_wait(), |status| *status)
    }

    /// Like [`Child::wait_with_output`]. It ends the span.
    ///
    /// # Errors
    ///
    /// Those of [`Child::wait_with_output`].
    pub fn wait_with_output(self) -> io::Result<Output> {
        self.span.record_output(self.child.wait_with_output())
    }
}
