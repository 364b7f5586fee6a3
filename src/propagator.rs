//! Which propagator is in force.

use opentelemetry::global;
use opentelemetry::propagation::TextMapPropagator;

/// Calls `with` with the global propagator or, where none has been set (it has no fields, as the
/// API's no-op default has none), with those that `OTEL_PROPAGATORS` names.
pub(crate) fn in_force<T>(mut with: impl FnMut(&dyn TextMapPropagator) -> T) -> T {
    let result = global::get_text_map_propagator(|global| {
        let is_set = global.fields().next().is_some();
        is_set.then(|| with(global))
    });
    result.unwrap_or_else(|| with(fallback::propagator()))
}

#[cfg(not(feature = "w3c"))]
mod fallback {
    use std::sync::LazyLock;

    use opentelemetry::propagation::TextMapCompositePropagator;

    pub(super) fn propagator() -> &'static TextMapCompositePropagator {
        static NONE: LazyLock<TextMapCompositePropagator> =
            LazyLock::new(|| TextMapCompositePropagator::new(Vec::new()));
        &NONE
    }
}

#[cfg(feature = "w3c")]
mod fallback {
    use std::env::{self, VarError};
    use std::sync::OnceLock;

    use opentelemetry::otel_warn;
    use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
    use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

    pub(super) fn propagator() -> &'static TextMapCompositePropagator {
        static NAMED: OnceLock<TextMapCompositePropagator> = OnceLock::new();
        let mut problems = Vec::new();
        let read = || TextMapCompositePropagator::new(named(&mut problems));
        let propagator = NAMED.get_or_init(read);
        // Told when all is set up, for whoever listens may come here again.
        problems.iter().for_each(Problem::tell);
        propagator
    }

    type Propagator = Box<dyn TextMapPropagator + Send + Sync>;

    /// Those that `OTEL_PROPAGATORS` names, as the specification of the SDK's environment variables
    /// has it: in their order, each once, in any case.
    fn named(problems: &mut Vec<Problem>) -> Vec<Propagator> {
        let list = env::var("OTEL_PROPAGATORS").unwrap_or_else(|error| {
            if let VarError::NotUnicode(_) = error {
                problems.push(Problem::NotUnicode);
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
        let mut propagators: Vec<Propagator> = Vec::new();
        for name in names {
            match &*name {
                "tracecontext" => propagators.push(Box::new(TraceContextPropagator::new())),
                "baggage" => propagators.push(Box::new(BaggagePropagator::new())),
                _ => problems.push(Problem::Unknown(name)),
            }
        }
        propagators
    }

    enum Problem {
        NotUnicode,
        Unknown(String),
    }

    impl Problem {
        fn tell(&self) {
            match self {
                Self::NotUnicode => {
                    otel_warn!(
                        name: "EnvCarrier.PropagatorsNotUnicode",
                        message = "OTEL_PROPAGATORS is not valid Unicode and was ignored"
                    );
                }
                Self::Unknown(name) => {
                    otel_warn!(
                        name: "EnvCarrier.PropagatorUnknown",
                        message = "OTEL_PROPAGATORS names a propagator that has to be set in code, with opentelemetry::global::set_text_map_propagator",
                        propagator = name.as_str()
                    );
                }
            }
        }
    }
}
