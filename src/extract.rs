//! The child's side: the parent context is extracted from the environment.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};

use crate::carrier::EnvCarrier;
use crate::environment::Value;
use crate::error::ExtractError;
use crate::inject::Injection;
use crate::name::{Name, W3C};
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
/// is treated as unset. Variables that are not Unicode, or that should hold a span but do not, are
/// logged as a warning, by name only; [`try_extract_parent_context`] returns that as an error. At
/// `DEBUG`, each call logs the names that it found.
#[must_use]
pub fn extract_parent_context() -> Context {
    let mut extraction = Extraction::default();
    with_propagator(|propagator| extraction.run(propagator));
    extraction.log();
    extraction.warn();
    extraction.cx
}

/// Like [`extract_parent_context`], but with an explicit propagator.
#[must_use]
pub fn extract_parent_context_using(propagator: &dyn TextMapPropagator) -> Context {
    let mut extraction = Extraction::default();
    extraction.run(propagator);
    extraction.log();
    extraction.warn();
    extraction.cx
}

/// Like [`extract_parent_context`], but reports what is wrong.
///
/// - `Ok(None)`: none of the propagator's variables is set and non-empty.
/// - `Ok(Some(cx))`: there is a parent span, or something else that the propagator reads, such as
///   baggage. Malformed baggage, and a tracestate that is malformed or has no span, are not errors:
///   the propagator ignores them.
///
/// # Errors
///
/// - [`ExtractError::NotUnicode`]: one of the variables that the propagator asked for is not Unicode
///   (the first by name, if there are several). There may still be a parent:
///   [`extract_parent_context`] returns it.
/// - [`ExtractError::Rejected`]: variables that should hold a span are set, but no span was extracted.
///   To find out which those are, the propagator is asked to inject a made-up span. One that panics then
///   rejects nothing.
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
    let mut extraction = Extraction::default();
    with_propagator(|propagator| extraction.run(propagator));
    extraction.log();
    match extraction.error {
        Some(error) => Err(error),
        None => Ok(extraction.found_any.then_some(extraction.cx)),
    }
}

#[derive(Default)]
struct Extraction {
    env: ParentEnv,
    cx: Context,
    found_any: bool,
    error: Option<ExtractError>,
}

impl Extraction {
    fn run(&mut self, propagator: &dyn TextMapPropagator) {
        let current = Context::current();
        self.cx = propagator.extract_with_context(&current, &self.env);
        // Usually nothing is current yet, and the span came from the environment.
        let has_span = if current.has_active_span() {
            has_valid_span(&propagator.extract_with_context(&Context::new(), &self.env))
        } else {
            has_valid_span(&self.cx)
        };
        self.found_any = has_span || self.env.holds_any(propagator);
        self.error = self.env.not_unicode();
        if self.error.is_none() && !has_span && self.env.may_hold_span() {
            self.error = self.env.rejected(propagator);
        }
    }

    fn log(&self) {
        event!(
            DEBUG,
            "EnvCarrier.ContextExtracted",
            "Extracted the parent context",
            found = self.env.found().collect::<Vec<_>>().join(" ")
        );
    }

    fn warn(&self) {
        if let Some(error) = &self.error {
            event!(
                WARN,
                "EnvCarrier.ParentContextIncomplete",
                "Cannot fully extract the parent context",
                reason = error.to_string()
            );
        }
    }
}

/// Not every propagator leaves the context without a span if it extracted an invalid one.
fn has_valid_span(cx: &Context) -> bool {
    cx.span().span_context().is_valid()
}

/// The environment of this process, in which an empty variable is treated as unset: to a propagator
/// it would be a malformed one.
#[derive(Default)]
struct ParentEnv {
    /// The variables of [`W3C`], read on demand.
    w3c: [OnceCell<Value>; 3],
    /// Made on demand, because W3C does without.
    others: OnceCell<Box<EnvCarrier>>,
}

impl ParentEnv {
    /// Whether any variable that the propagator declares or asked for is set.
    fn holds_any(&self, propagator: &dyn TextMapPropagator) -> bool {
        propagator.fields().for_each(|field| _ = self.get(field));
        self.found().next().is_some()
    }

    /// The propagator need not be asked about those that never hold a span.
    fn may_hold_span(&self) -> bool {
        self.found().any(|name| !["TRACESTATE", "BAGGAGE"].contains(&name))
    }

    /// The variables that are set and should hold a span. Those are the ones that the propagator
    /// writes for a span, and does not write in the same way without one.
    fn rejected(&self, propagator: &dyn TextMapPropagator) -> Option<ExtractError> {
        let span = SpanContext::new(
            TraceId::from(1),
            SpanId::from(1),
            TraceFlags::SAMPLED,
            true,
            TraceState::NONE,
        );
        let written = |cx: &Context| {
            let mut injection = Injection::default();
            injection.collect(propagator, cx);
            injection
        };
        // One that only extracts may not even implement injection.
        let contexts =
            [Context::new().with_remote_span_context(span), Context::new(), Context::new()];
        let [with_span, without, again] =
            catch_unwind(AssertUnwindSafe(|| contexts.map(|cx| written(&cx)))).ok()?;

        let without: HashMap<&str, Option<&str>> = without.iter().collect();
        let again: HashMap<&str, Option<&str>> = again.iter().collect();
        let mut names = Vec::new();
        for (name, value) in with_span.iter() {
            let written_without = without.get(name).copied().flatten();
            // What is new each time, such as the id of a request, is no span either.
            let is_stable = written_without == again.get(name).copied().flatten();
            let holds_span = is_stable && value != Some("") && value != written_without;
            if holds_span && self.get(name).is_some_and(|found| Some(found) != written_without) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        (!names.is_empty()).then_some(ExtractError::Rejected { names })
    }

    fn found(&self) -> impl Iterator<Item = &str> {
        let is_set = |value: &Value| value.text().is_some_and(|text| !text.is_empty());
        self.asked_for().filter(move |(_, value)| is_set(value)).map(|(name, _)| name)
    }

    fn not_unicode(&self) -> Option<ExtractError> {
        let failed = self.asked_for().filter(|(_, value)| matches!(value, Value::NotUnicode));
        let name = failed.map(|(name, _)| name.to_owned()).min()?;
        Some(ExtractError::NotUnicode { name })
    }

    fn asked_for(&self) -> impl Iterator<Item = (&str, &Value)> {
        let w3c = W3C.into_iter().zip(&self.w3c);
        let w3c = w3c.filter_map(|(name, value)| Some((name, value.get()?)));
        w3c.chain(self.others.get().into_iter().flat_map(|others| others.env.asked_for()))
    }

    fn others(&self) -> &EnvCarrier {
        self.others.get_or_init(Box::default)
    }
}

impl Extractor for ParentEnv {
    fn get(&self, key: &str) -> Option<&str> {
        let value = match Name::for_key(key) {
            Name::W3c(place) => self.w3c[place].get_or_init(|| Value::read(W3C[place])).text(),
            Name::Other(name) => self.others().get(&name),
        };
        value.filter(|value| !value.is_empty())
    }

    fn keys(&self) -> Vec<&str> {
        let others = self.others();
        let mut keys = others.keys();
        keys.retain(|name| !others.env.is_empty(name));
        keys
    }
}
