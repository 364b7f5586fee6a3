//! The parent's side: a context is injected into the environment of a child.

use std::mem;

use opentelemetry::Context;
use opentelemetry::propagation::{Injector, TextMapPropagator};

use crate::environment::{EnvChanges, WriteEnv};
use crate::name::W3C;
use crate::propagator::with_propagator;
use crate::span::current;

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
/// received without the call. So a tool without telemetry and baggage does not break the trace of its
/// ancestors. Baggage without a span is written, so `TRACEPARENT` is unset then.
///
/// # Edges
///
/// - An empty value unsets its variable, even if nothing else is written.
/// - A value that would prevent the spawn (it has a NUL byte, or is longer than the platform allows)
///   is skipped with a warning, and the variable is unset. The total size of variables and
///   arguments is not checked.
/// - Call it after [`env_clear`](std::process::Command::env_clear), which discards what was injected
///   before.
/// - A command can be used for several children: each call replaces what the previous one wrote, unless
///   there is nothing to inject; then the earlier variables stay.
/// - If two keys [normalize](crate::normalize) to the same name, the last one wins.
/// - If the propagator panics, nothing was changed.
/// - At `DEBUG`, each call logs the names of the variables, or that there was nothing to inject, and
///   the likely reasons.
pub trait WithTraceContext: WriteEnv {
    /// Injects the current context with the global propagator, or [the
    /// fallback](crate::guide::propagators). Without a current span on this thread, it injects that
    /// of [`MainSpan`](crate::MainSpan), if there is one.
    fn with_trace_context(&mut self) -> &mut Self {
        self.with_trace_context_from(&current())
    }

    /// Like [`with_trace_context`](Self::with_trace_context), but with an explicit context, and without the
    /// fallback to [`MainSpan`](crate::MainSpan).
    fn with_trace_context_from(&mut self, cx: &Context) -> &mut Self {
        let mut changes = EnvChanges::new();
        with_propagator(|propagator| collect(&mut changes, propagator, cx));
        apply(&mut changes, self);
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
        collect(&mut changes, propagator, cx);
        apply(&mut changes, self);
        self
    }

    /// Removes the context, including one that would be inherited: for a program that must not see the
    /// trace or the baggage.
    ///
    /// It unsets the [`context_variables`]. What a propagator does not declare stays.
    fn without_trace_context(&mut self) -> &mut Self {
        let names = context_variables();
        names.iter().for_each(|name| self.remove_var(name));
        event!(DEBUG, "EnvCarrier.ContextRemoved", "Removed the context", unset = names.join(" "));
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
    let mut variables = EnvChanges::new();
    W3C.into_iter().for_each(|name| variables.remove_var(name));
    with_propagator(|propagator| variables.unset_the_rest(propagator.fields()));
    variables.into_iter().map(|(name, _)| name).collect()
}

/// What the propagator writes for a context, not yet applied to anything. An empty value, and one
/// that would prevent the spawn, are still there.
fn collect(changes: &mut EnvChanges, propagator: &dyn TextMapPropagator, cx: &Context) {
    struct Collector<'a>(&'a mut EnvChanges);

    impl Injector for Collector<'_> {
        fn set(&mut self, key: &str, value: String) {
            *self.0.of_key(key) = Some(Some(value));
        }
    }

    propagator.inject_context(cx, &mut Collector(changes));
    if !changes.is_empty() {
        changes.unset_the_rest(propagator.fields());
    }
}

/// Moves the values into `env`, and only then logs: a subscriber may do anything.
fn apply(changes: &mut EnvChanges, env: &mut (impl WriteEnv + ?Sized)) {
    let mut skipped = Vec::new();
    changes.iter_mut().for_each(|(name, change)| {
        let reason = change.as_deref().and_then(|value| reason_to_skip(name, value));
        if let Some(reason) = reason {
            skipped.push((name.to_owned(), reason));
        }
        match change {
            Some(value) if reason.is_none() && !value.is_empty() => {
                env.set_var(name, mem::take(value));
            }
            _ => {
                *change = None;
                env.remove_var(name);
            }
        }
    });
    log(changes, &skipped);
}

/// Why no child can be spawned with this variable, if that is so.
fn reason_to_skip(name: &str, value: &str) -> Option<&'static str> {
    /// The longest `NAME=value` that a child can receive, with its terminator: `MAX_ARG_STRLEN` of
    /// Linux, which is lower than what other Unix systems allow, and the documented maximum of Windows.
    const LONGEST: usize = if cfg!(windows) { 32_767 } else { 128 * 1024 };

    // Windows counts UTF-16 units.
    let length = if cfg!(windows) { value.encode_utf16().count() } else { value.len() };
    if value.bytes().fold(1, u8::min) == 0 {
        Some("its value contains a NUL byte")
    } else if name.len() + "=".len() + length + "\0".len() > LONGEST {
        Some("it is longer than the platform allows")
    } else {
        None
    }
}

fn log(changes: &EnvChanges, skipped: &[(String, &str)]) {
    for (name, reason) in skipped {
        event!(
            WARN,
            "EnvCarrier.VariableSkipped",
            "An environment variable was skipped, because it would prevent the spawn",
            variable = name,
            reason = reason
        );
    }
    if changes.is_empty() {
        event!(
            DEBUG,
            "EnvCarrier.NothingToInject",
            "There is nothing to inject. Is a span current on this thread, is there only one version of opentelemetry in the program, and is a propagator set?",
            // The version of this crate is that of `opentelemetry`.
            opentelemetry =
                concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"))
        );
    } else {
        event!(
            DEBUG,
            "EnvCarrier.ContextInjected",
            "Injected the context",
            set = changes.names(true).join(" "),
            unset = changes.names(false).join(" ")
        );
    }
}
