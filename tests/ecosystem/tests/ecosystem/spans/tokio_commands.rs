//! What programs do with a command of `tokio`.

use std::{process, thread};

use opentelemetry_env_carrier::InSpan as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::operations::{Operations, Streams, operation, seen};

pub(super) const TOKIO: Operations = Operations {
    status: operation!("status() of tokio", command, seen(None, command.status().await?)),
    output: operation!("output() of tokio", command, seen(None, command.output().await?)),
    wait: operation!("wait() of tokio, twice,", command, {
        let mut child = command.spawn()?;
        seen(child.id(), (child.wait().await?, child.wait().await?))
    }),
    wait_with_output: operation!("wait_with_output() of tokio", command, {
        let child = command.spawn()?;
        seen(child.id(), child.wait_with_output().await?)
    }),
    try_wait: operation!("try_wait() of tokio", command, {
        let mut child = command.spawn()?;
        let (pid, before) = (child.id(), child.try_wait()?);
        drop(child.stdin.take());
        while child.try_wait()?.is_none() {
            thread::yield_now();
        }
        seen(pid, (before, child.try_wait()?))
    }),
    converse: operation!("a conversation of tokio", command, {
        let mut child = command.spawn()?;
        child.stdin.take().unwrap().write_all(b"question").await?;
        let mut answer = String::new();
        child.stdout.take().unwrap().read_to_string(&mut answer).await?;
        seen(child.id(), (answer, child.wait().await?))
    }),
    kill: operation!("kill() of tokio", command, {
        let mut child = command.spawn()?;
        let pid = child.id();
        child.kill().await?;
        seen(pid, child.wait().await?)
    }),
    drop: operation!("drop() of tokio", command, seen(command.spawn()?.id(), ())),
};

fn with_streams(command: process::Command, [stdin, stdout, stderr]: Streams) -> Command {
    let mut command = Command::from(command);
    stdin.into_iter().for_each(|stdin| _ = command.stdin(stdin));
    stdout.into_iter().for_each(|stdout| _ = command.stdout(stdout));
    stderr.into_iter().for_each(|stderr| _ = command.stderr(stderr));
    command
}
