//! The global propagator, or the fallback.

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, global};

/// Calls `with` with the global propagator. If none is set (it declares no fields, like the API's
/// no-op default), falls back to the propagators that `OTEL_PROPAGATORS` names.
///
/// The global one is locked meanwhile: `with` must run no code but the propagator's, and log nothing.
pub(crate) fn with_propagator(mut with: impl FnMut(&dyn TextMapPropagator)) {
    let is_set = global::get_text_map_propagator(|global| {
        let is_set = global.fields().next().is_some();
        if is_set {
            with(global);
        }
        is_set
    });
    if !is_set {
        with(fallback::propagator());
    }
}

/// Several propagators, one after the other. The API's composite does the same, but clones contexts on
/// the way, which is measurable.
#[derive(Debug)]
struct Fallback {
    propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>>,
    fields: Vec<String>,
}

impl TextMapPropagator for Fallback {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        for propagator in &self.propagators {
            propagator.inject_context(cx, injector);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let [first, rest @ ..] = &*self.propagators else { return cx.clone() };
        let mut extracted = first.extract_with_context(cx, extractor);
        for propagator in rest {
            extracted = propagator.extract_with_context(&extracted, extractor);
        }
        extracted
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

#[cfg(not(feature = "w3c"))]
mod fallback {
    use super::Fallback;

    pub(super) fn propagator() -> &'static Fallback {
        static NONE: Fallback = Fallback { propagators: Vec::new(), fields: Vec::new() };
        &NONE
    }
}

#[cfg(feature = "w3c")]
mod fallback {
    use std::env::{self, VarError};
    use std::sync::OnceLock;

    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

    use super::Fallback;

    pub(super) fn propagator() -> &'static Fallback {
        static PROPAGATOR: OnceLock<Fallback> = OnceLock::new();
        let mut problems = None;
        let propagator = PROPAGATOR.get_or_init(|| {
            let selection = Selection::from_env();
            let propagators = selection.propagators();
            let fields = propagators.iter().flat_map(|propagator| propagator.fields());
            let fields = fields.map(str::to_owned).collect();
            problems = Some(selection);
            Fallback { propagators, fields }
        });
        // Only now, because a subscriber may need the propagator itself.
        if let Some(selection) = problems {
            selection.warn();
        }
        propagator
    }

    type Propagator = Box<dyn TextMapPropagator + Send + Sync>;

    /// What `OTEL_PROPAGATORS` says, by the specification of the SDK's environment variables: names in
    /// their order, each once, in any case.
    #[derive(Default)]
    struct Selection {
        known: Vec<&'static str>,
        /// Those of the specification that have to be set in code.
        set_in_code: Vec<&'static str>,
        /// How many others there are. Their names may be anything, and are not logged.
        unknown: usize,
        is_not_unicode: bool,
    }

    const KNOWN: [&str; 2] = ["tracecontext", "baggage"];
    const SET_IN_CODE: [&str; 5] = ["b3", "b3multi", "jaeger", "xray", "ottrace"];

    impl Selection {
        fn from_env() -> Self {
            match env::var("OTEL_PROPAGATORS") {
                Ok(list) => Self::of(&list),
                Err(VarError::NotPresent) => Self::of(""),
                Err(VarError::NotUnicode(_)) => Self { is_not_unicode: true, ..Self::of("") },
            }
        }

        fn of(list: &str) -> Self {
            let names = || list.split(',').map(str::trim).filter(|name| !name.is_empty());
            if names().next().is_none() {
                return Self { known: KNOWN.into(), ..Self::default() };
            }
            let mut selection = Self::default();
            for name in names() {
                let find = |names: &[&'static str]| {
                    names.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
                };
                if let Some(name) = find(&KNOWN) {
                    push_once(&mut selection.known, name);
                } else if let Some(name) = find(&SET_IN_CODE) {
                    push_once(&mut selection.set_in_code, name);
                } else if name.eq_ignore_ascii_case("none") {
                    return Self::default();
                } else {
                    selection.unknown += 1;
                }
            }
            selection
        }

        fn propagators(&self) -> Vec<Propagator> {
            let new = |name: &&str| -> Propagator {
                match *name {
                    "baggage" => Box::new(BaggagePropagator::new()),
                    _ => Box::new(TraceContextPropagator::new()),
                }
            };
            self.known.iter().map(new).collect()
        }

        fn warn(&self) {
            if self.is_not_unicode {
                event!(
                    WARN,
                    "EnvCarrier.PropagatorsNotUnicode",
                    "OTEL_PROPAGATORS is not valid Unicode and is ignored"
                );
            }
            if !self.set_in_code.is_empty() || self.unknown > 0 {
                event!(
                    WARN,
                    "EnvCarrier.PropagatorUnknown",
                    "OTEL_PROPAGATORS names propagators that have to be set in code, with opentelemetry::global::set_text_map_propagator",
                    propagators = self.set_in_code.join(" "),
                    others = self.unknown
                );
            }
        }
    }

    fn push_once(names: &mut Vec<&'static str>, name: &'static str) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}
