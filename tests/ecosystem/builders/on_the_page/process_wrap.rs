use std::io;

use opentelemetry_env_carrier::WithTraceContext as _;
use process_wrap::std::{ChildWrapper, CommandWrap, ProcessGroup};

pub fn spawn_in_group(mut command: CommandWrap) -> io::Result<Box<dyn ChildWrapper>> {
    command.command_mut().with_trace_context();
    command.wrap(ProcessGroup::leader()).spawn()
}
