//! Commands of `tokio`.

use std::io;
use std::process::{ExitStatus, Output};

use tokio::process::{Child, Command};

use super::in_span::{ChildInSpan, CommandInSpan, in_span};

in_span!(Command, Command::as_std);

impl CommandInSpan<'_, Command> {
    /// Like [`Command::spawn`], but in a span.
    ///
    /// # Errors
    ///
    /// Those of [`Command::spawn`].
    pub fn spawn(self) -> io::Result<ChildInSpan<Child>> {
        ChildInSpan::new(self.spawn_with(Command::spawn), Child::id)
    }

    /// Like [`Command::status`], but in a span. If the future is dropped, the span ends without an
    /// exit code.
    ///
    /// # Errors
    ///
    /// Those of [`Command::status`].
    pub fn status(self) -> impl Future<Output = io::Result<ExitStatus>> + Send + use<> {
        let child = self.spawn();
        async {
            let mut child = child?;
            // As the command's own method does: the child must not wait for this end of a pipe.
            drop((child.stdin.take(), child.stdout.take(), child.stderr.take()));
            child.wait().await
        }
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
    /// Like [`Child::wait`], and as cancel safe. It ends the span.
    ///
    /// # Errors
    ///
    /// Those of [`Child::wait`].
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.span.record_status(self.child.wait().await)
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
    pub async fn wait_with_output(self) -> io::Result<Output> {
        self.span.record_output(self.child.wait_with_output().await)
    }

    /// Like [`Child::kill`], which waits for the exit. It ends the span.
    ///
    /// # Errors
    ///
    /// Those of [`Child::kill`].
    pub async fn kill(&mut self) -> io::Result<()> {
        self.child.start_kill()?;
        self.wait().await.map(drop)
    }
}
