//! Lists of variables that are sent to something that spawns, as JSON.

use bollard::models::ContainerCreateBody;
use opentelemetry_env_carrier::WithTraceContext as _;
use serde_json::{Value, json};

use super::{cases, page};
use crate::fixtures::contexts::{STALE, Variables};
use crate::fixtures::process::{NO_VARIABLES, in_process};

#[test]
fn bollard_creates_a_container_with_the_context() {
    sends(
        "Env",
        || {
            let mut env: Vec<(String, String)> = Vec::new();
            env.with_trace_context();
            let env = env.into_iter().map(|(name, value)| format!("{name}={value}"));
            let image = Some("worker".to_owned());
            json!(ContainerCreateBody { image, env: Some(env.collect()), ..Default::default() })
        },
        |written| json!({ "Image": "worker", "Env": assignments(written) }),
    );
}

#[test]
fn bollard_executes_a_command_with_the_context_and_nothing_stale() {
    sends(
        "Env",
        || json!(page::bollard_exec::exec("worker")),
        |written| {
            let mut env = assignments(written);
            for (stale, _) in STALE {
                if !written.is_empty() && written.iter().all(|(name, _)| name != stale) {
                    env.push((*stale).to_owned());
                }
            }
            env.sort();
            json!({ "Cmd": ["worker"], "Env": env })
        },
    );
}

#[test]
fn a_type_of_ones_own_has_the_context_and_nothing_stale() {
    const INHERITED: [&str; 4] =
        ["BAGGAGE", "TRACEPARENT=stale", "TRACESTATE=stale=1", "ZONE=stays"];
    sends(
        "Env",
        || {
            let mut env = INHERITED.map(str::to_owned).into();
            page::write_env::add_trace_context(&mut env);
            json!({ "Env": env })
        },
        |written| {
            if written.is_empty() {
                return json!({ "Env": INHERITED });
            }
            let mut env = assignments(written);
            env.push("ZONE=stays".to_owned());
            json!({ "Env": env })
        },
    );
}

#[test]
fn k8s_openapi_describes_a_container_with_the_context() {
    sends(
        "env",
        || {
            let mut container = json!(page::k8s_openapi::container("worker"));
            for variable in container["env"].as_array_mut().unwrap() {
                variable["value"] = as_kubernetes_reads(&variable["value"]);
            }
            container
        },
        |written| {
            let env = written.iter().map(|(name, value)| json!({ "name": name, "value": value }));
            json!({ "name": "worker", "image": "worker", "env": env.collect::<Vec<_>>() })
        },
    );
}

/// What is sent in each context, with its `list` sorted, and what that is if the propagators write some variables.
#[track_caller]
fn sends(list: &str, send: fn() -> Value, expected: fn(Variables) -> Value) {
    in_process(NO_VARIABLES, "", || {
        for case in cases() {
            let _current = (case.cx)().attach();
            let mut sent = send();
            sent[list].as_array_mut().unwrap().sort_by_key(Value::to_string);
            assert_eq!(sent, expected(case.written), "{}", case.name);
        }
    });
}

fn assignments(written: Variables) -> Vec<String> {
    written.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// `$$` is a dollar, and `$(NAME)` the value of that variable.
fn as_kubernetes_reads(value: &Value) -> Value {
    let parts = value.as_str().unwrap().split("$$");
    parts.map(|part| part.replace("$(", "expanded (")).collect::<Vec<_>>().join("$").into()
}
