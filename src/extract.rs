//! The child's side: the parent's context comes out of the environment.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, otel_warn};

use crate::carrier::EnvCarrier;
use crate::environment::{ProcessEnv, ReadEnv};
use crate::error::ExtractError;
use crate::name::Name;
use crate::propagator;

/// The context that this process was started in, read from its environment.
///
/// Call it once, at the top of `main`, and attach what it returns before the first span starts:
/// every span from there on joins the parent's trace.
///
/// ```
/// let parent = opentelemetry_env_carrier::extract_parent_context();
/// let _guard = parent.attach();
/// ```
///
/// It uses the global propagator; where none has been set, those that `OTEL_PROPAGATORS` names when
/// the first context is handed on or read: by default W3C trace context and baggage (feature `w3c`).
/// One that declares no fields counts as not set.
///
/// It never fails. With nothing to read, or nothing readable, it is the current context; an empty
/// variable counts as not set. A variable that is not Unicode, and variables of which the
/// propagator makes no span context, are told through a warning, with their names alone.
/// [`try_extract_parent_context`] returns that as an error.
#[must_use]
pub fn extract_parent_context() -> Context {
    propagator::in_force(extract_parent_context_using)
}

/// As [`extract_parent_context`], with a propagator of the caller's.
#[must_use]
pub fn extract_parent_context_using(propagator: &dyn TextMapPropagator) -> Context {
    let (cx, found) = extract(propagator);
    if let Err(error) = found {
        otel_warn!(
            name: "EnvCarrier.ParentContextIncomplete",
            message = "The environment holds a parent's context that could not be read in whole",
            reason = error.to_string()
        );
    }
    cx
}

/// As [`extract_parent_context`], for the person who asks why the trace is broken.
///
/// - `Ok(None)`: none of the propagator's variables is set and non-empty.
/// - `Ok(Some(cx))`: a parent, or baggage alone. A tracestate or baggage that is malformed is no
///   error: the propagator passes it over.
///
/// # Errors
///
/// - [`ExtractError::NotUnicode`]: one of the variables that the propagator asked for is not Unicode
///   (the first by name, if there are several). The others may have given a parent all the same:
///   [`extract_parent_context`] continues it.
/// - [`ExtractError::Rejected`]: variables are set, yet no span context came of them. Baggage alone
///   is no reason to expect one.
///
/// ```
/// use opentelemetry::trace::TraceContextExt as _;
/// use opentelemetry_env_carrier::try_extract_parent_context;
///
/// match try_extract_parent_context() {
///     Ok(Some(cx)) if cx.has_active_span() => eprintln!("this process continues a trace"),
///     Ok(_) => eprintln!("no parent span: this process starts a trace of its own"),
///     Err(error) => eprintln!("what the parent handed on cannot be read in whole: {error}"),
/// }
/// ```
pub fn try_extract_parent_context() -> Result<Option<Context>, ExtractError> {
    let (cx, found) = propagator::in_force(extract);
    Ok(found?.then_some(cx))
}

/// The context, and whether the environment held anything for it.
fn extract(propagator: &dyn TextMapPropagator) -> (Context, Result<bool, ExtractError>) {
    let env = NonEmpty(ProcessEnv::new());
    let carrier = EnvCarrier::new(&env);
    let current = Context::current();
    let cx = propagator.extract_with_context(&current, &carrier);
    // As a rule nothing is current yet, and all that there is came from the environment.
    let found = if current.has_active_span() || !current.baggage().is_empty() {
        let alone = propagator.extract_with_context(&Context::new(), &carrier);
        assess(&alone, &env, propagator)
    } else {
        assess(&cx, &env, propagator)
    };
    (cx, found)
}

/// Whether the environment held what `extracted` shows, and whether that is all that it held.
fn assess(
    extracted: &Context,
    env: &NonEmpty,
    propagator: &dyn TextMapPropagator,
) -> Result<bool, ExtractError> {
    let has_span = extracted.span().span_context().is_valid();
    let mut is_any_set = has_span || !extracted.baggage().is_empty();
    let mut rejected = Vec::new();
    if !has_span {
        // This asks for those, too, that the propagator did not come to ask for.
        for name in propagator.fields().map(Name::normalized) {
            if env.var(&name).is_some() {
                is_any_set = true;
                if *name != *"BAGGAGE" {
                    rejected.push(name.to_string());
                }
            }
        }
    }
    if let Some(name) = env.0.not_unicode().min() {
        let name = name.to_owned();
        return Err(ExtractError::NotUnicode { name });
    }
    if rejected.is_empty() {
        return Ok(is_any_set);
    }
    rejected.sort();
    rejected.dedup();
    Err(ExtractError::Rejected { names: rejected })
}

/// The environment of this process, in which an empty variable counts as not set: to a propagator
/// it would be a malformed one.
struct NonEmpty(ProcessEnv);

impl ReadEnv for NonEmpty {
    fn var(&self, name: &str) -> Option<&str> {
        self.0.var(name).filter(|value| !value.is_empty())
    }

    fn names(&self) -> Vec<&str> {
        self.0.names()
    }
}
