use bollard::models::ExecConfig;
use opentelemetry_env_carrier::EnvChanges;

pub fn exec(program: &str) -> ExecConfig {
    let env = EnvChanges::from_current_context().into_iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name,
    });
    ExecConfig {
        cmd: Some(vec![program.to_owned()]),
        env: Some(env.collect()),
        ..Default::default()
    }
}
