//! The child's side: the parent context is extracted from the environment.

use std::cell::OnceCell;
use std::env::{self, VarError};

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt as _;

use crate::context::{has_span, same_span, with_baggage_of, without_invalid_span};
use crate::environment::{ProcessEnv, Value};
use crate::error::ExtractError;
use crate::name::{W3C, is_normalized, normalize, w3c_index};
use crate::propagator::with_propagator;

/// Extracts the parent context from the environment of this process.
///
/// Call it once, at the start of `main`, and attach the result before the first span: spans of this
/// thread join the parent's trace while the guard lives. Keep the guard in a named variable, because
/// `let _ = parent.attach()` detaches at once.
///
/// ```
/// // Naming the type makes a second version of `opentelemetry` in the program a compile error.
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
///
/// Some propagators extract a span without valid ids: a sampling decision alone, for example, or X-Ray's
/// `Root` without `Parent`, as load balancers send it. The SDK would not sample anything under it, so it is
/// treated as no span: this process starts a trace of its own. Baggage is kept, and what the current context
/// had, unless that has such a span itself; other values of such an extraction are lost.
#[must_use]
pub fn extract_parent_context() -> Context {
    with_propagator(Extraction::run).into_context()
}

/// Like [`extract_parent_context`], but with an explicit propagator.
#[must_use]
pub fn extract_parent_context_using(propagator: &dyn TextMapPropagator) -> Context {
    Extraction::run(propagator).into_context()
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
/// - [`ExtractError::NotUnicode`]: one of the variables that the propagator asked for is not Unicode (the first
///   by name, if there are several), or, if it extracted no span, one that it declares. There may still be a
///   parent: [`extract_parent_context`] returns it.
/// - [`ExtractError::InvalidSpanContext`]: `TRACEPARENT` is set, the propagator declares it, and
///   extracted no span. (Where both apply, it is the other one.)
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
    let extraction = with_propagator(Extraction::run);
    extraction.log();
    if let Some(error) = extraction.error {
        return Err(error);
    }
    Ok(extraction.env.found_any().then_some(extraction.cx))
}

/// Like [`extract_parent_context`], but logs nothing: for callers that did not ask for an extraction.
pub(crate) fn inherited_context() -> Context {
    with_propagator(Extraction::run).cx
}

struct Extraction {
    env: ParentEnv,
    cx: Context,
    found_span: bool,
    error: Option<ExtractError>,
}

impl Extraction {
    fn run(propagator: &dyn TextMapPropagator) -> Self {
        let env = ParentEnv::default();
        let current = Context::current();
        let mut cx = propagator.extract_with_context(&current, &env);

        let mut found_span = has_span(&cx);
        if !found_span && cx.has_active_span() {
            // As if no span had been extracted: the current context, with the baggage that was.
            cx = with_baggage_of(&without_invalid_span(&current), &cx);
        }
        if found_span && current.has_active_span() && same_span(&cx, &current) {
            // Either this very span was extracted, or none, and the current one was left where it was.
            found_span = has_span(&propagator.extract_with_context(&Context::new(), &env));
        }
        if !found_span {
            // What the propagator declares, but did not ask for, may be set, too.
            for field in propagator.fields() {
                env.get(field);
            }
        }
        let error = if let Some(name) = env.first_that_is_not_unicode() {
            Some(ExtractError::NotUnicode { name })
        } else if !found_span && env.holds_traceparent(propagator) {
            Some(ExtractError::InvalidSpanContext { name: TRACEPARENT.to_owned() })
        } else {
            None
        };
        Self { env, cx, found_span, error }
    }

    /// The context. What is wrong with it is logged.
    fn into_context(self) -> Context {
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

    fn log(&self) {
        event!(
            DEBUG,
            "EnvCarrier.ContextExtracted",
            "Extracted the parent context",
            found = self.env.found().collect::<Vec<_>>().join(" "),
            sampled = self.found_span && self.cx.span().span_context().is_sampled()
        );
    }
}

const TRACEPARENT: &str = W3C[0];

/// The environment of this process, in which an empty variable is treated as unset: to a propagator
/// it would be a malformed one.
#[derive(Default)]
struct ParentEnv {
    /// One slot for each variable of [`W3C`], so that these need no allocation.
    w3c: [OnceCell<Value>; 3],
    /// Made on demand, because W3C does without.
    others: OnceCell<Box<ProcessEnv>>,
}

impl ParentEnv {
    fn found_any(&self) -> bool {
        self.found().next().is_some()
    }

    /// Whether `TRACEPARENT` is set, and the propagator declares it.
    fn holds_traceparent(&self, propagator: &dyn TextMapPropagator) -> bool {
        propagator.fields().any(|field| normalize(field) == TRACEPARENT)
            && self.get(TRACEPARENT).is_some()
    }

    /// The name of the first variable, by name, whose value is not Unicode.
    fn first_that_is_not_unicode(&self) -> Option<String> {
        self.asked_for()
            .filter(|(_, value)| matches!(value, Err(VarError::NotUnicode(_))))
            .map(|(name, _)| name)
            .min()
            .map(str::to_owned)
    }

    /// The names of the variables that were asked for, and are set and not empty.
    fn found(&self) -> impl Iterator<Item = &str> {
        self.asked_for()
            .filter(|(_, value)| value.as_deref().is_ok_and(|value| !value.is_empty()))
            .map(|(name, _)| name)
    }

    fn asked_for(&self) -> impl Iterator<Item = (&str, &Value)> {
        let w3c = W3C.into_iter().zip(&self.w3c);
        let others = self.others.get();
        w3c.filter_map(|(name, slot)| Some((name, slot.get()?)))
            .chain(others.into_iter().flat_map(|others| others.asked_for()))
    }
}

impl Extractor for ParentEnv {
    fn get(&self, key: &str) -> Option<&str> {
        let value = match w3c_index(key) {
            Some(index) => self.w3c[index].get_or_init(|| env::var(W3C[index])),
            None => self.others.get_or_init(Box::default).lookup(normalize(key))?,
        };
        value.as_deref().ok().filter(|value| !value.is_empty())
    }

    fn keys(&self) -> Vec<&str> {
        let mut keys = self.others.get_or_init(Box::default).non_empty_names();
        keys.retain(|name| is_normalized(name));
        keys
    }
}
