//! Which propagator is in force.

use std::sync::LazyLock;

use opentelemetry::global;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};

/// Calls `with` with the global propagator or, where none has been set (it has no fields, as the
/// API's no-op default has none), with those that `OTEL_PROPAGATORS` names.
pub(crate) fn in_force<T>(mut with: impl FnMut(&dyn TextMapPropagator) -> T) -> T {
    let result = global::get_text_map_propagator(|global| {
        let is_set = global.fields().next().is_some();
        is_set.then(|| with(global))
    });
    result.unwrap_or_else(|| with(&*FALLBACK))
}

static FALLBACK: LazyLock<TextMapCompositePropagator> =
    LazyLock::new(|| TextMapCompositePropagator::new(fallback::propagators()));

#[cfg(not(feature = "w3c"))]
mod fallback {
    pub(super) fn propagators() -> Vec<super::Propagator> {
        Vec::new()
    }
}

type Propagator = Box<dyn TextMapPropagator + Send + Sync>;

#[cfg(feature = "w3c")]
mod fallback {
    use std::env::{self, VarError};

    use opentelemetry::otel_warn;
    use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

    use super::Propagator;

    /// Those that `OTEL_PROPAGATORS` names, as the specification of the SDK's environment variables
    /// has it: in their order, each once, in any case.
    pub(super) fn propagators() -> Vec<Propagator> {
        let list = env::var("OTEL_PROPAGATORS").unwrap_or_else(|error| {
            if let VarError::NotUnicode(_) = error {
                otel_warn!(
                    name: "EnvCarrier.PropagatorsNotUnicode",
                    message = "OTEL_PROPAGATORS is not valid Unicode and was ignored"
                );
            }
            String::new()
        });
        let mut names: Vec<String> = Vec::new();
        for name in list.split(',') {
            let name = name.trim().to_ascii_lowercase();
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            names.extend(["tracecontext", "baggage"].map(String::from));
        } else if names.iter().any(|name| name == "none") {
            names.clear();
        }
        names.iter().filter_map(|name| propagator(name)).collect()
    }

    fn propagator(name: &str) -> Option<Propagator> {
        match name {
            "tracecontext" => Some(Box::new(TraceContextPropagator::new())),
            "baggage" => Some(Box::new(BaggagePropagator::new())),
            unknown => {
                otel_warn!(
                    name: "EnvCarrier.PropagatorUnknown",
                    message = "OTEL_PROPAGATORS names a propagator that has to be set in code, with opentelemetry::global::set_text_map_propagator",
                    propagator = unknown
                );
                None
            }
        }
    }
}
