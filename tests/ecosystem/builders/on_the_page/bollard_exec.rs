use bollard::models::ExecConfig;
use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};

pub fn exec(program: &str) -> ExecConfig {
    let mut changes = EnvChanges::new();
    changes.with_trace_context();
    let env = changes.into_iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name,
    });
    ExecConfig {
        cmd: Some(vec![program.to_owned()]),
        env: Some(env.collect()),
        ..Default::default()
    }
}
