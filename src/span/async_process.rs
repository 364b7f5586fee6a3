//! Commands of `async-process`.

use std::io;
use std::process::{ExitStatus, Output};
use std::sync::Arc;

use async_process::{Child, Command};

use super::ChildSpan;
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

    /// Like [`Command::status`], but in a span. If the future is dropped, the span ends without an
    /// exit code.
    ///
    /// # Errors
    ///
    /// Those of [`Command::status`].
    pub fn status(self) -> impl Future<Output = io::Result<ExitStatus>> + Send + use<> {
        let child = self.spawn();
        async { child?.status().await }
    }

    /// Like [`Command::output`], but in a span, which has no `process.pid`. If the future is dropped,
    /// the span ends without an exit code.
    ///
    /// # Errors
    ///
    /// Those of [`Command::output`].
    pub fn output(self) -> impl Future<Output = io::Result<Output>> + Send + use<> {
        let (output, span) = self.spawn_with(|command| command.output());
        async move { span.record_output(output.await) }
    }
}

impl ChildInSpan<Child> {
    /// Like [`Child::status`]. It ends the span.
    ///
    /// # Errors
    ///
    /// Those of [`Child::status`].
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + Send + use<> {
        let (status, span) = (self.child.status(), ChildSpan(Arc::clone(&self.span.0)));
        async move { span.record_status(status.await) }
    }

    /// Like [`Child::try_status`]. It ends the span if the child has exited.
    ///
    /// # Errors
    ///
    /// Those of [`Child::try_status`].
    pub fn try_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.span.record(self.child.try_status(), |status| *status)
    }

    /// Like [`Child::output`]. It ends the span.
    ///
    /// # Errors
    ///
    /// Those of [`Child::output`].
    pub fn output(self) -> impl Future<Output = io::Result<Output>> + Send + use<> {
        let Self { child, span } = self;
        let output = child.output();
        async move { span.record_output(output.await) }
    }
}
