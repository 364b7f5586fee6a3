//! Commands of `async-process`.

use std::io;
use std::process::{ExitStatus, Output};

use async_process::{Child, Command};

use super::child_in_span::ChildInSpan;
use super::in_span::CommandInSpan;

/// For an [`async_process::Command`].
impl CommandInSpan<'_, Command> {
    /// Like [`Command::spawn`], errors included, but in a span.
    pub fn spawn(self) -> io::Result<ChildInSpan<Child>> {
        let (spawned, span) = self.spawn_with(Command::spawn);
        ChildInSpan::from_spawn(spawned, span, |child| Some(child.id()))
    }

    /// Like [`Command::status`], errors included, but in a span. If the future is dropped, the span ends
    /// without an exit code.
    pub fn status(self) -> impl Future<Output = io::Result<ExitStatus>> + Send + use<> {
        let child = self.spawn();
        async { child?.status().await }
    }

    /// Like [`Command::output`], errors included, but in a span, which has no `process.pid`. If the future is
    /// dropped, the span ends without an exit code.
    pub fn output(self) -> impl Future<Output = io::Result<Output>> + Send + use<> {
        let (output, span) = self.spawn_with(|command| command.output());
        async move { span.end_with_result(output.await, |output| Some(output.status)) }
    }
}

/// For an [`async_process::Child`].
impl ChildInSpan<Child> {
    /// Like [`Child::status`], errors included. It ends the span.
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + Send + use<> {
        let status = self.child.status();
        // The future outlives this borrow.
        let span = self.span.share();
        async move { span.end_with_result(status.await, |status| Some(*status)) }
    }

    /// Like [`Child::try_status`], errors included. It ends the span if the child has exited.
    pub fn try_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.span.end_with_result(self.child.try_status(), |status| *status)
    }

    /// Like [`Child::output`], errors included. It ends the span.
    pub fn output(self) -> impl Future<Output = io::Result<Output>> + Send + use<> {
        let Self { child, span } = self;
        let output = child.output();
        async move { span.end_with_result(output.await, |output| Some(output.status)) }
    }
}
