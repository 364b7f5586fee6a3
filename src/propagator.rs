//! The global propagator, or the fallback.

use opentelemetry::global;
use opentelemetry::propagation::TextMapPropagator;

/// Calls `with` with the global propagator. If none is set (it declares no fields, like the API's
/// no-op default), falls back to the propagators that `OTEL_PROPAGATORS` names.
///
/// The global one is locked meanwhile: `with` must run no code but the propagator's, and log nothing.
#[inline]
pub(crate) fn with_propagator<T>(mut with: impl FnMut(&dyn TextMapPropagator) -> T) -> T {
    // The fallback is not used under the lock, because it may log.
    #[cfg(feature = "w3c")]
    if global::get_text_map_propagator(|global| global.fields().next().is_none()) {
        return with(fallback::propagator());
    }
    global::get_text_map_propagator(|global| with(global))
}

#[cfg(feature = "w3c")]
mod fallback {
    use std::env::{self, VarError};
    use std::sync::OnceLock;

    use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
    use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

    /// The propagators that the specification names. Only the first two are built in.
    const KNOWN: [&str; 7] =
        ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray", "ottrace"];

    static FALLBACK: OnceLock<TextMapCompositePropagator> = OnceLock::new();

    #[inline]
    pub(super) fn propagator() -> &'static TextMapCompositePropagator {
        FALLBACK.get().unwrap_or_else(initialize)
    }

    #[cold]
    fn initialize() -> &'static TextMapCompositePropagator {
        let names = Names::from_env();
        let propagators = names.known.iter().filter_map(|name| built_in(name)).collect();
        let is_first = FALLBACK.set(TextMapCompositePropagator::new(propagators)).is_ok();
        if is_first {
            // Only now, because a subscriber may need the propagator itself.
            names.warn();
        }
        FALLBACK.get().expect("it is set")
    }

    fn built_in(name: &str) -> Option<Box<dyn TextMapPropagator + Send + Sync>> {
        match name {
            "tracecontext" => Some(Box::new(TraceContextPropagator::new())),
            "baggage" => Some(Box::new(BaggagePropagator::new())),
            _ => None,
        }
    }

    /// What `OTEL_PROPAGATORS` names, by the specification of the SDK's environment variables: each
    /// once, in any case.
    #[derive(Default)]
    struct Names {
        known: Vec<&'static str>,
        /// How many others there are. They may be anything, and are not logged.
        unknown: usize,
        is_not_unicode: bool,
    }

    impl Names {
        fn from_env() -> Self {
            let mut names = Self::default();
            let variable = env::var("OTEL_PROPAGATORS").unwrap_or_else(|error| {
                names.is_not_unicode = matches!(error, VarError::NotUnicode(_));
                String::new()
            });
            for name in variable.to_ascii_lowercase().split(',').map(str::trim) {
                if name == "none" {
                    return Self::default();
                }
                if name.is_empty() {
                    continue;
                }
                match KNOWN.into_iter().find(|known| *known == name) {
                    Some(known) if names.known.contains(&known) => {}
                    Some(known) => names.known.push(known),
                    None => names.unknown += 1,
                }
            }
            if names.known.is_empty() && names.unknown == 0 {
                names.known.extend(["tracecontext", "baggage"]);
            }
            names
        }

        fn warn(mut self) {
            if self.is_not_unicode {
                event!(
                    WARN,
                    "EnvCarrier.PropagatorsNotUnicode",
                    "OTEL_PROPAGATORS is not valid Unicode and is ignored"
                );
            }
            self.known.retain(|name| built_in(name).is_none());
            if !self.known.is_empty() || self.unknown > 0 {
                event!(
                    WARN,
                    "EnvCarrier.PropagatorUnknown",
                    "OTEL_PROPAGATORS names propagators that have to be set in code, with opentelemetry::global::set_text_map_propagator",
                    propagators = self.known.join(" "),
                    others = self.unknown
                );
            }
        }
    }
}
