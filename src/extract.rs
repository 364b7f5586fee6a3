//! The child's side: the parent context is extracted from the environment.

use std::cell::OnceCell;
use std::env::{self, VarError};

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt as _;

use crate::environment::{ProcessEnv, Value};
use crate::error::ExtractError;
use crate::name::{W3C, is_normalized, normalize, w3c_place};
use crate::propagator::with_propagator;

/// Extracts the parent context from the environment of this process.
///
/// Call it once, at the start of `main`, and attach the result before the first span: spans of this
/// thread join the parent's trace while the guard lives. Keep the guard in a named variable, because
/// `let _ = parent.attach()` detaches at once.
///
/// ```
/// // The type makes a second version of `opentelemetry` in the program a compile error.
/// let parent: opentelemetry::Context = opentelemetry_env_carrier::extract_parent_context();
/// let _guard = parent.attach();
/// ```
///
/// It uses the global propagator, or [falls back](crate::guide::propagators) to those named in
/// `OTEL_PROPAGATORS`.
///
/// It never fails. If there is nothing to extract, it returns the current context. An empty variable
/// is treated as unset. A variable that is not Unicode, and an invalid `TRACEPARENT`, are
/// logged as a warning, by name only; [`try_extract_parent_context`] returns that as an error. At
/// `DEBUG`, each call logs the names that it found, and whether the span is sampled.
#[must_use]
pub fn extract_parent_context() -> Context {
    with_propagator(Extraction::by).warn()
}

/// Like [`extract_parent_context`], but with an explicit propagator.
#[must_use]
pub fn extract_parent_context_using(propagator: &dyn TextMapPropagator) -> Context {
    Extraction::by(propagator).warn()
}

/// Like [`extract_parent_context`], but reports what is wrong.
///
/// - `Ok(None)`: none of the propagator's variables is set and non-empty.
/// - `Ok(Some(cx))`: there is a parent span, or something else that the propagator reads, such as
///   baggage. Malformed baggage, a tracestate that is malformed or without a `TRACEPARENT`, and malformed
///   variables of other formats than W3C are not errors: the propagator ignores them.
///
/// # Errors
///
/// - [`ExtractError::NotUnicode`]: one of the variables that the propagator asked for is not Unicode
///   (the first by name, if there are several). There may still be a parent:
///   [`extract_parent_context`] returns it.
/// - [`ExtractError::InvalidSpanContext`]: `TRACEPARENT` is set, the propagator declares it, and
///   extracted no span.
///
/// ```
/// use opentelemetry::trace::TraceContextExt as _;
/// use opentelemetry_env_carrier::try_extract_parent_context;
///
/// match try_extract_parent_context() {
///     Ok(Some(cx)) if cx.span().span_context().is_valid() => eprintln!("this continues a trace"),
///     Ok(_) => eprintln!("no parent span: this process starts a new trace"),
///     Err(error) => eprintln!("cannot fully extract the parent context: {error}"),
/// }
/// ```
pub fn try_extract_parent_context() -> Result<Option<Context>, ExtractError> {
    let extraction = with_propagator(Extraction::by);
    extraction.log();
    match extraction.error {
        Some(error) => Err(error),
        None => Ok(extraction.found_any.then_some(extraction.cx)),
    }
}

/// Like [`extract_parent_context`], but logs nothing: for who does not ask for it explicitly.
pub(crate) fn inherited_context() -> Context {
    with_propagator(Extraction::by).cx
}

struct Extraction {
    env: ParentEnv,
    cx: Context,
    found_any: bool,
    error: Option<ExtractError>,
}

impl Extraction {
    fn by(propagator: &dyn TextMapPropagator) -> Self {
        let (current, env) = (Context::current(), ParentEnv::default());
        let cx = propagator.extract_with_context(&current, &env);
        // If a span was current, it may be that one.
        let found_span = has_span(&cx)
            && (!current.has_active_span()
                || has_span(&propagator.extract_with_context(&Context::new(), &env)));
        let found_any = found_span || env.holds_any(propagator);
        let is_invalid = || !found_span && env.declares_and_holds_span(propagator);
        let error = env.not_unicode().map(|name| ExtractError::NotUnicode { name }).or_else(|| {
            is_invalid().then(|| ExtractError::InvalidSpanContext { name: W3C[0].to_owned() })
        });
        Self { env, cx, found_any, error }
    }

    fn log(&self) {
        event!(
            DEBUG,
            "EnvCarrier.ContextExtracted",
            "Extracted the parent context",
            found = self.env.found().collect::<Vec<_>>().join(" "),
            sampled = self.cx.span().span_context().is_sampled()
        );
    }

    fn warn(self) -> Context {
        self.log();
        if let Some(error) = self.error {
            event!(
                WARN,
                "EnvCarrier.ParentContextIncomplete",
                "Cannot fully extract the parent context",
                reason = error.to_string()
            );
        }
        self.cx
    }
}

/// Not every propagator leaves the context without a span if it extracted an invalid one.
pub(crate) fn has_span(cx: &Context) -> bool {
    cx.span().span_context().is_valid()
}

/// The environment of this process, in which an empty variable is treated as unset: to a propagator
/// it would be a malformed one.
#[derive(Default)]
struct ParentEnv {
    /// The variables of [`W3C`], in place.
    w3c: [OnceCell<Value>; 3],
    /// Made on demand, because W3C does without.
    others: OnceCell<Box<ProcessEnv>>,
}

impl ParentEnv {
    /// Whether any variable that the propagator declares or asked for is set.
    fn holds_any(&self, propagator: &dyn TextMapPropagator) -> bool {
        propagator.fields().for_each(|field| _ = self.get(field));
        self.found().next().is_some()
    }

    fn declares_and_holds_span(&self, propagator: &dyn TextMapPropagator) -> bool {
        self.get(W3C[0]).is_some() && propagator.fields().any(|field| w3c_place(field) == Some(0))
    }

    /// The first variable by name that is not Unicode.
    fn not_unicode(&self) -> Option<String> {
        let is_not_unicode = |value: &Value| matches!(value, Err(VarError::NotUnicode(_)));
        let names = self.asked_for().filter(|(_, value)| is_not_unicode(value));
        names.map(|(name, _)| name).min().map(str::to_owned)
    }

    fn found(&self) -> impl Iterator<Item = &str> {
        let is_set = |value: &Value| value.as_deref().is_ok_and(|value| !value.is_empty());
        self.asked_for().filter(move |(_, value)| is_set(value)).map(|(name, _)| name)
    }

    fn asked_for(&self) -> impl Iterator<Item = (&str, &Value)> {
        let w3c = W3C.into_iter().zip(&self.w3c);
        let w3c = w3c.filter_map(|(name, value)| Some((name, value.get()?)));
        w3c.chain(self.others.get().into_iter().flat_map(|others| others.asked_for()))
    }
}

impl Extractor for ParentEnv {
    fn get(&self, key: &str) -> Option<&str> {
        let value = match w3c_place(key) {
            Some(place) => self.w3c[place].get_or_init(|| env::var(W3C[place])).as_deref().ok(),
            None => self.others.get_or_init(Box::default).lookup(normalize(key))?.as_deref().ok(),
        };
        value.filter(|value| !value.is_empty())
    }

    fn keys(&self) -> Vec<&str> {
        let mut keys = self.others.get_or_init(Box::default).non_empty_names();
        keys.retain(|name| is_normalized(name));
        keys
    }
}
