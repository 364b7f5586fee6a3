use bollard::models::ContainerCreateBody;
use opentelemetry_env_carrier::WithTraceContext as _;

pub fn container(image: &str) -> ContainerCreateBody {
    let mut env: Vec<(String, String)> = Vec::new();
    env.with_trace_context();
    let env = env.into_iter().map(|(name, value)| format!("{name}={value}"));
    ContainerCreateBody {
        image: Some(image.to_owned()),
        env: Some(env.collect()),
        ..Default::default()
    }
}
