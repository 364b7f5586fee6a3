use k8s_openapi::api::core::v1::{Container, EnvVar};
use opentelemetry_env_carrier::WithTraceContext as _;

pub fn container(image: &str) -> Container {
    let mut env: Vec<(String, String)> = Vec::new();
    env.with_trace_context();
    let env = env.into_iter().map(|(name, value)| EnvVar {
        name,
        // Kubernetes expands `$(NAME)`, and replaces `$$` by `$`.
        value: Some(value.replace('$', "$$")),
        ..Default::default()
    });
    Container {
        name: "worker".to_owned(),
        image: Some(image.to_owned()),
        env: Some(env.collect()),
        ..Default::default()
    }
}
