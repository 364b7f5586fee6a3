//! What programs do with a command of `async-process`.

use std::{process, thread};

use async_process::Command;
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use opentelemetry_env_carrier::InSpan as _;

use super::operations::{Operations, Streams, operation, seen};

pub(super) const ASYNC_PROCESS: Operations = Operations {
    status: operation!("status() of async-process", command, seen(None, command.status().await?)),
    output: operation!("output() of async-process", command, seen(None, command.output().await?)),
    wait: operation!("status() of a child of async-process, twice,", command, {
        let mut child = command.spawn()?;
        seen(child.id(), (child.status().await?, child.status().await?))
    }),
    wait_with_output: operation!("output() of a child of async-process", command, {
        let child = command.spawn()?;
        seen(child.id(), child.output().await?)
    }),
    try_wait: operation!("try_status() of a child of async-process", command, {
        let mut child = command.spawn()?;
        let before = child.try_status()?;
        drop(child.stdin.take());
        while child.try_status()?.is_none() {
            thread::yield_now();
        }
        seen(child.id(), (before, child.try_status()?))
    }),
    converse: operation!("a conversation of async-process", command, {
        let mut child = command.spawn()?;
        child.stdin.take().unwrap().write_all(b"question").await?;
        let mut answer = String::new();
        child.stdout.take().unwrap().read_to_string(&mut answer).await?;
        seen(child.id(), (answer, child.status().await?))
    }),
    kill: operation!("kill() of async-process", command, {
        let mut child = command.spawn()?;
        child.kill()?;
        seen(child.id(), child.status().await?)
    }),
    drop: operation!("drop() of async-process", command, seen(command.spawn()?.id(), ())),
};

fn with_streams(command: process::Command, [stdin, stdout, stderr]: Streams) -> Command {
    let mut command = Command::from(command);
    stdin.into_iter().for_each(|stdin| _ = command.stdin(stdin));
    stdout.into_iter().for_each(|stdout| _ = command.stdout(stdout));
    stderr.into_iter().for_each(|stderr| _ = command.stderr(stderr));
    command
}
