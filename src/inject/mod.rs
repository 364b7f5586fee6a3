//! The parent's side: a context is injected into the environment of a child.

mod changes;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;

pub(crate) use changes::context_to_inject;
pub use changes::{EnvChanges, EnvChangesIter};

use crate::context::{self, WhoseSpan, has_span, with_span_of};
use crate::environment::WriteEnv;
use crate::extract::inherited_context;

/// Injects a context (trace context and baggage) into the environment of a child that is about to be spawned.
///
/// Every [`WriteEnv`] has it: [`std::process::Command`], those of `tokio` and `async-process`,
/// [`EnvChanges`], maps and lists of variables, and types of your own.
///
/// ```no_run
/// use std::process::Command;
///
/// use opentelemetry_env_carrier::WithTraceContext as _;
///
/// # fn main() -> std::io::Result<()> {
/// Command::new("worker").arg("--fast").with_trace_context().spawn()?;
/// # Ok(())
/// # }
/// ```
///
/// # Exact or transparent, never mixed
///
/// If the propagator writes anything for the context, the child receives exactly that: every other
/// variable that the propagator declares in its [`fields`](TextMapPropagator::fields) is unset,
/// whether it would be inherited or was set before. So with W3C trace context and baggage, an
/// ancestor's `TRACESTATE` or `BAGGAGE` never arrives beside a new `TRACEPARENT`. What a propagator does
/// not declare stays: with one for trace context alone, an ancestor's `BAGGAGE` is inherited.
///
/// If it writes nothing (there is no span and no baggage), the child receives what it would have
/// received without the call. So a tool without telemetry does not break the trace of its ancestors.
///
/// # Which context
///
/// [`with_trace_context`](Self::with_trace_context) injects the current context. If that has no span, it gets
///
/// 1. the span of [`MainSpan`](crate::MainSpan), if there is one, on every thread; or else
/// 2. the span that this process was spawned in, if the propagator writes anything without one, such as baggage. So
///    baggage alone does not take a child out of its ancestors' trace.
///
/// Baggage that comes with that span is added, if none is current.
///
/// [`with_trace_context_from`](Self::with_trace_context_from) and
/// [`with_trace_context_using`](Self::with_trace_context_using) inject exactly the context that is given: if it
/// has baggage, but no span, `TRACEPARENT` is unset.
///
/// # Edge cases
///
/// - An empty value unsets its variable, even if nothing else is written.
/// - A value that would prevent the spawn (it has a NUL byte, or is longer than the platform allows)
///   is skipped with a warning, and the variable is unset. The total size of variables and
///   arguments is not checked: a command near the system's limit may fail with
///   [`ArgumentListTooLong`](std::io::ErrorKind::ArgumentListTooLong) when a context is added.
/// - The SDK writes baggage of more than 8,192 bytes, but a child that reads it with the SDK ignores it, or a part of
///   it: see [versions](crate::guide::reference#what-differs-between-versions).
/// - Call it after [`env_clear`](std::process::Command::env_clear), which discards what was injected
///   before.
/// - A command can be used for several children: each call replaces what the previous one wrote with the same
///   propagator, unless there is nothing to inject; then the earlier variables stay.
/// - If two keys [normalize](crate::normalize) to the same name, the last one wins.
/// - If the propagator panics, or a subscriber that receives an event, nothing was changed.
/// - At `DEBUG`, each call logs the names of the variables and whose span was injected, or that there was
///   nothing to inject, and the likely reasons.
pub trait WithTraceContext: WriteEnv {
    /// Injects the current context with the global propagator, or [the
    /// fallback](crate::guide::propagators).
    fn with_trace_context(&mut self) -> &mut Self {
        EnvChanges::from_current_context().apply_to(self);
        self
    }

    /// Like [`with_trace_context`](Self::with_trace_context), but with an explicit context.
    fn with_trace_context_from(&mut self, cx: &Context) -> &mut Self {
        EnvChanges::from_context(cx).apply_to(self);
        self
    }

    /// Like [`with_trace_context_from`](Self::with_trace_context_from), but with an explicit propagator,
    /// too.
    fn with_trace_context_using(
        &mut self,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> &mut Self {
        let mut changes = EnvChanges::new();
        changes.collect(propagator, cx);
        changes.check(cx, WhoseSpan::Given);
        changes.apply_to(self);
        self
    }

    /// Removes the context, including one that would be inherited: for a program that must not see the
    /// trace or the baggage.
    ///
    /// It unsets the [`context_variables`]. What a propagator does not declare stays.
    ///
    /// It is a call like the others: of several, the last one counts. So call it last, after `env_clear` and
    /// whatever else. [`in_span`](crate::InSpan::in_span) injects again, whatever was done to the command
    /// before: with a span, call it on that, `command.in_span().without_trace_context()`.
    fn without_trace_context(&mut self) -> &mut Self {
        EnvChanges::that_remove_the_context().apply_to(self);
        self
    }
}

impl<T: WriteEnv + ?Sized> WithTraceContext for T {}

/// The names of the variables that carry the context: those of W3C trace context and baggage, and those
/// that the propagator of [`with_trace_context`](WithTraceContext::with_trace_context) declares.
///
/// For a program that filters its child's environment by an allow-list.
///
/// ```
/// use opentelemetry_env_carrier::context_variables;
///
/// assert_eq!(context_variables(), ["TRACEPARENT", "TRACESTATE", "BAGGAGE"]);
/// ```
#[must_use]
pub fn context_variables() -> Vec<String> {
    EnvChanges::that_unset_context_variables().into_iter().map(|(name, _)| name).collect()
}

/// The parent context of a child's span, where none is given. Without a span it is completed in any case, so that
/// the span is not in a trace of its own.
pub(crate) fn parent_context() -> Context {
    let (cx, _) = context::current();
    if has_span(&cx) { cx } else { with_span_of(&cx, &inherited_context()) }
}
