//! Commands of `tokio`.

use std::io;
use std::process::{ExitStatus, Output};

use tokio::process::{Child, Command};

use super::child_in_span::ChildInSpan;
use super::in_span::CommandInSpan;

/// For a [`tokio::process::Command`].
impl CommandInSpan<'_, Command> {
    /// Like [`Command::spawn`], errors included, but in a span.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, like `spawn` itself, and so do `status` and `output`. The command is restored.
    pub fn spawn(self) -> io::Result<ChildInSpan<Child>> {
        let (spawned, span) = self.spawn_with(Command::spawn);
        ChildInSpan::from_spawn(spawned, span, Child::id)
    }

    /// Like [`Command::status`], errors included, but in a span. If the future is dropped, the span ends
    /// without an exit code.
    pub fn status(self) -> impl Future<Output = io::Result<ExitStatus>> + Send + use<> {
        let child = self.spawn();
        async {
            let mut child = child?;
            // As the command's own method does: the child must not wait for this end of a pipe.
            drop(child.stdin.take());
            drop(child.stdout.take());
            drop(child.stderr.take());
            child.wait().await
        }
    }

    /// Like [`Command::output`], errors included, but in a span, which has no `process.pid`. If the future is
    /// dropped, the span ends without an exit code.
    pub fn output(self) -> impl Future<Output = io::Result<Output>> + Send + use<> {
        let (output, span) = self.spawn_with(|command| command.output());
        async move { span.end_with_result(output.await, |output| Some(output.status)) }
    }
}

/// For a [`tokio::process::Child`].
impl ChildInSpan<Child> {
    /// Like [`Child::wait`], errors included, and as cancel safe. It ends the span.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.span.end_with_result(self.child.wait().await, |status| Some(*status))
    }

    /// Like [`Child::try_wait`], errors included. It ends the span if the child has exited.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.span.end_with_result(self.child.try_wait(), |status| *status)
    }

    /// Like [`Child::wait_with_output`], errors included. It ends the span.
    pub async fn wait_with_output(self) -> io::Result<Output> {
        self.span.end_with_result(self.child.wait_with_output().await, |output| Some(output.status))
    }

    /// Like [`Child::kill`], errors included. It ends the span when the child has exited.
    pub async fn kill(&mut self) -> io::Result<()> {
        // In two steps, so that the wait is the one that records.
        self.child.start_kill()?;
        self.wait().await.map(drop)
    }
}
