//! How it is usually done: through a map, with all variables in it. Stale ones stay.

use std::collections::HashMap;
use std::env;
use std::process::Command;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;

pub(crate) fn inject(command: &mut Command, propagators: &[&dyn TextMapPropagator], cx: &Context) {
    let mut carrier: HashMap<String, String> = HashMap::new();
    for propagator in propagators {
        propagator.inject_context(cx, &mut carrier);
    }
    command.envs(carrier.into_iter().map(|(key, value)| (key.to_uppercase(), value)));
}

pub(crate) fn extract(propagators: &[&dyn TextMapPropagator]) -> Context {
    let carrier: HashMap<String, String> =
        env::vars().map(|(name, value)| (name.to_lowercase(), value)).collect();
    let mut cx = Context::current();
    for propagator in propagators {
        cx = propagator.extract_with_context(&cx, &carrier);
    }
    cx
}
