use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};
use portable_pty::CommandBuilder;

pub fn add_trace_context(command: &mut CommandBuilder) {
    let mut changes = EnvChanges::new();
    changes.with_trace_context();
    for (name, value) in changes {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
}
