//! What programs do with a command of the standard library.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::thread;

use opentelemetry_env_carrier::InSpan as _;

use super::operations::{Operations, Streams, operation, seen};

pub(super) const STD: Operations = Operations {
    status: operation!("status() of std", command, seen(None, command.status()?)),
    output: operation!("output() of std", command, seen(None, command.output()?)),
    wait: operation!("wait() of std, twice,", command, {
        let mut child = command.spawn()?;
        seen(child.id(), (child.wait()?, child.wait()?))
    }),
    wait_with_output: operation!("wait_with_output() of std", command, {
        let child = command.spawn()?;
        seen(child.id(), child.wait_with_output()?)
    }),
    try_wait: operation!("try_wait() of std", command, {
        let mut child = command.spawn()?;
        let before = child.try_wait()?;
        drop(child.stdin.take());
        while child.try_wait()?.is_none() {
            thread::yield_now();
        }
        seen(child.id(), (before, child.try_wait()?))
    }),
    converse: operation!("a conversation of std", command, {
        let mut child = command.spawn()?;
        child.stdin.take().unwrap().write_all(b"question")?;
        let mut answer = String::new();
        child.stdout.take().unwrap().read_to_string(&mut answer)?;
        seen(child.id(), (answer, child.wait()?))
    }),
    kill: operation!("kill() of std", command, {
        let mut child = command.spawn()?;
        child.kill()?;
        seen(child.id(), child.wait()?)
    }),
    drop: operation!("drop() of std", command, seen(command.spawn()?.id(), ())),
};

fn with_streams(mut command: Command, [stdin, stdout, stderr]: Streams) -> Command {
    stdin.into_iter().for_each(|stdin| _ = command.stdin(stdin));
    stdout.into_iter().for_each(|stdout| _ = command.stdout(stdout));
    stderr.into_iter().for_each(|stderr| _ = command.stderr(stderr));
    command
}
