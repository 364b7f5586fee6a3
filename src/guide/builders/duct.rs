use duct::Expression;
use opentelemetry_env_carrier::EnvChanges;

pub fn with_trace_context(mut expression: Expression) -> Expression {
    for (name, value) in EnvChanges::from_current_context() {
        expression = match value {
            Some(value) => expression.env(name, value),
            None => expression.env_remove(name),
        };
    }
    expression
}
