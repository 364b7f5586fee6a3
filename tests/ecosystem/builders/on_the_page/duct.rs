use duct::Expression;
use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};

pub fn with_trace_context(mut expression: Expression) -> Expression {
    let mut changes = EnvChanges::new();
    changes.with_trace_context();
    for (name, value) in changes {
        expression = match value {
            Some(value) => expression.env(name, value),
            None => expression.env_remove(name),
        };
    }
    expression
}
