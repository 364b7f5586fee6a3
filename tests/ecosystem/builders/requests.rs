//! What is sent to those who spawn on request, as JSON, with the variables by name.

use serde_json::{Value, json};

use super::on_the_page;
use crate::fixtures::contexts::{STALE, Variables};

pub(super) struct Request {
    pub(super) name: &'static str,
    pub(super) sent: fn() -> Value,
    /// For a context of which the propagators write these variables.
    pub(super) expected: fn(Variables) -> Value,
}

pub(super) const REQUESTS: &[Request] = &[
    Request {
        name: "bollard, to create a container",
        sent: || by_name(json!(on_the_page::bollard_create::container("worker")), "Env"),
        expected: |written| {
            let env = written.iter().map(|(name, value)| format!("{name}={value}"));
            json!({ "Image": "worker", "Env": env.collect::<Vec<_>>() })
        },
    },
    Request {
        name: "bollard, to execute a command in a container",
        sent: || by_name(json!(on_the_page::bollard_exec::exec("worker")), "Env"),
        expected: |written| {
            let env = STALE.iter().filter(|_| !written.is_empty()).map(|(stale, _)| match written
                .iter()
                .find(|(name, _)| name == stale)
            {
                Some((name, value)) => format!("{name}={value}"),
                None => (*stale).to_owned(),
            });
            json!({ "Cmd": ["worker"], "Env": env.collect::<Vec<_>>() })
        },
    },
    Request {
        name: "k8s-openapi, of a container",
        sent: || {
            let mut sent = by_name(json!(on_the_page::k8s_openapi::container("worker")), "env");
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

fn by_name(mut request: Value, variables: &str) -> Value {
    request[variables].as_array_mut().unwrap().sort_by_key(Value::to_string);
    request
}

/// `$$` is a dollar, and `$(NAME)` the value of that variable.
fn as_kubernetes_reads(value: &Value) -> Value {
    let parts = value.as_str().unwrap().split("$$");
    parts.map(|part| part.replace("$(", "expanded (")).collect::<Vec<_>>().join("$").into()
}
