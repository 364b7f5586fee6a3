use std::ffi::OsString;
use std::io;

use opentelemetry_env_carrier::{ChildSpan, EnvChanges};
use portable_pty::{Child, CommandBuilder, SlavePty};

pub type ChildWithSpan = (Box<dyn Child + Send + Sync>, ChildSpan);

pub fn spawn(slave: &dyn SlavePty, mut command: CommandBuilder) -> io::Result<ChildWithSpan> {
    let shell = OsString::from("shell");
    let span = ChildSpan::start(command.get_argv().first().unwrap_or(&shell));
    for (name, value) in EnvChanges::from_context(span.context()) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    let child = slave.spawn_command(command).map_err(io::Error::other);
    let child = child.inspect_err(|error| span.end_with_error(error))?;
    if let Some(pid) = child.process_id() {
        span.set_pid(pid);
    }
    Ok((child, span))
}
