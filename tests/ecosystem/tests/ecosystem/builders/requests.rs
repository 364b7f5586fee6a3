//! Lists of variables that are sent to something that spawns, as JSON and sorted by name.

use bollard::models::ContainerCreateBody;
use opentelemetry_env_carrier::WithTraceContext as _;
use serde_json::{Value, json};

use super::page;
use crate::fixtures::contexts::{STALE, Variables};

pub(super) struct Request {
    pub(super) name: &'static str,
    pub(super) sent: fn() -> Value,
    /// If the propagators write these variables.
    pub(super) expected: fn(Variables) -> Value,
}

pub(super) const REQUESTS: &[Request] = &[
    Request {
        name: "bollard, to create a container",
        sent: || {
            let mut env: Vec<(String, String)> = Vec::new();
            env.with_trace_context();
            let env = env.into_iter().map(|(name, value)| format!("{name}={value}"));
            let container = ContainerCreateBody {
                image: Some("worker".to_owned()),
                env: Some(env.collect()),
                ..Default::default()
            };
            by_name(json!(container), "Env")
        },
        expected: |written| {
            let env = written.iter().map(|(name, value)| format!("{name}={value}"));
            json!({ "Image": "worker", "Env": env.collect::<Vec<_>>() })
        },
    },
    Request {
        name: "bollard, to execute a command in a container",
        sent: || by_name(json!(page::bollard_exec::exec("worker")), "Env"),
        expected: |written| {
            let assigned = |stale: &str| {
                let (name, value) = written.iter().find(|(name, _)| *name == stale)?;
                Some(format!("{name}={value}"))
            };
            let declared = STALE.iter().filter(|_| !written.is_empty());
            let env = declared.map(|(name, _)| assigned(name).unwrap_or((*name).to_owned()));
            json!({ "Cmd": ["worker"], "Env": env.collect::<Vec<_>>() })
        },
    },
    Request {
        name: "a list with a stale context",
        sent: || {
            let mut env = INHERITED.map(str::to_owned).into();
            page::write_env::add_trace_context(&mut env);
            by_name(json!({ "Env": env }), "Env")
        },
        expected: |written| {
            if written.is_empty() {
                return json!({ "Env": INHERITED });
            }
            let env = written.iter().map(|(name, value)| format!("{name}={value}"));
            json!({ "Env": env.chain(["ZONE=stays".to_owned()]).collect::<Vec<_>>() })
        },
    },
    Request {
        name: "k8s-openapi, of a container",
        sent: || {
            let mut sent = by_name(json!(page::k8s_openapi::container("worker")), "env");
            for variable in sent["env"].as_array_mut().unwrap() {
                variable["value"] = as_kubernetes_reads(&variable["value"]);
            }
            sent
        },
        expected: |written| {
            let env = written.iter().map(|(name, value)| json!({ "name": name, "value": value }));
            json!({ "name": "worker", "image": "worker", "env": env.collect::<Vec<_>>() })
        },
    },
];

const INHERITED: [&str; 4] = ["BAGGAGE", "TRACEPARENT=stale", "TRACESTATE=stale=1", "ZONE=stays"];

fn by_name(mut request: Value, variables: &str) -> Value {
    request[variables].as_array_mut().unwrap().sort_by_key(Value::to_string);
    request
}

/// `$$` is a dollar, and `$(NAME)` the value of that variable.
fn as_kubernetes_reads(value: &Value) -> Value {
    let parts = value.as_str().unwrap().split("$$");
    parts.map(|part| part.replace("$(", "expanded (")).collect::<Vec<_>>().join("$").into()
}
