use std::io;
use std::process::Command;

use command_group::{CommandGroup as _, GroupChild};
use opentelemetry_env_carrier::WithTraceContext as _;

pub fn spawn_in_group(mut command: Command) -> io::Result<GroupChild> {
    command.with_trace_context().group_spawn()
}
