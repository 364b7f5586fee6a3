use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};
use subprocess::Exec;

pub fn with_trace_context(mut command: Exec) -> Exec {
    let mut changes = EnvChanges::new();
    changes.with_trace_context();
    for (name, value) in changes {
        command = match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}
