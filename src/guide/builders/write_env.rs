use opentelemetry_env_carrier::{WithTraceContext as _, WriteEnv};

struct Assignments<'a>(&'a mut Vec<String>);

impl WriteEnv for Assignments<'_> {
    fn set_var(&mut self, name: &str, value: String) {
        self.remove_var(name);
        self.0.push(format!("{name}={value}"));
    }

    fn remove_var(&mut self, name: &str) {
        self.0.retain(|entry| entry.split('=').next() != Some(name));
    }
}

pub fn add_trace_context(env: &mut Vec<String>) {
    Assignments(env).with_trace_context();
}
