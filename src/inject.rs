//! The parent's side: a context is injected into the environment of a child.

use opentelemetry::Context;
use opentelemetry::propagation::{Injector, TextMapPropagator};

use crate::environment::{EnvChanges, WriteEnv, reason_to_skip, warn_skipped};
use crate::name::{Name, W3C};
use crate::propagator::with_propagator;

/// Injects a trace context into the environment of a child that is about to be spawned.
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
/// whether it would be inherited or was set before. An empty value counts as written, and its variable is
/// unset. So with W3C trace
/// context and baggage, an ancestor's `TRACESTATE` or `BAGGAGE` never arrives beside a new
/// `TRACEPARENT`. What a propagator does not declare stays: with one for trace context alone, an
/// ancestor's `BAGGAGE` is inherited.
///
/// If it writes nothing (there is no span and no baggage), the child receives what it would have
/// received without the call. So a tool whose telemetry is off does not break the trace of its
/// ancestors.
///
/// # Edges
///
/// - A value that would prevent the spawn (it has a NUL byte, or is longer than the platform allows)
///   is skipped with a warning, and the variable is unset. How much all variables and arguments take
///   together is not checked.
/// - Call it after [`env_clear`](std::process::Command::env_clear), which discards what was injected
///   before.
/// - A command can be used for several children: each call replaces what the previous one wrote, unless
///   there is nothing to inject; then the earlier variables stay.
/// - If two keys [normalize](crate::normalize) to the same name, the last one wins.
/// - If the propagator panics, nothing was changed.
/// - At `DEBUG`, each call logs the names of the variables, or that there was nothing to inject, and
///   the likely reasons.
pub trait WithTraceContext: WriteEnv {
    /// Injects the current context with the global propagator.
    ///
    /// If none is set, it [falls back](crate::guide::propagators) to those named in `OTEL_PROPAGATORS`.
    fn with_trace_context(&mut self) -> &mut Self {
        self.with_trace_context_from(&Context::current())
    }

    /// Like [`with_trace_context`](Self::with_trace_context), but with an explicit context.
    fn with_trace_context_from(&mut self, cx: &Context) -> &mut Self {
        let mut injection = Injection::default();
        with_propagator(|propagator| injection.collect(propagator, cx));
        injection.apply(self);
        self
    }

    /// Like [`with_trace_context`](Self::with_trace_context), but with an explicit propagator and
    /// context.
    fn with_trace_context_using(
        &mut self,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> &mut Self {
        let mut injection = Injection::default();
        injection.collect(propagator, cx);
        injection.apply(self);
        self
    }

    /// Removes the trace context, including one that would be inherited: for a program that must not
    /// see the trace or its baggage.
    ///
    /// It unsets the variables that the propagator of `with_trace_context` declares, and those of W3C
    /// trace context and baggage in any case. What a propagator does not declare stays.
    fn without_trace_context(&mut self) -> &mut Self {
        let mut removal = Injection { w3c: [const { Some(None) }; 3], ..Injection::default() };
        with_propagator(|propagator| removal.unset_the_rest(propagator));
        removal.apply_to(self);
        event!(
            DEBUG,
            "EnvCarrier.ContextRemoved",
            "Removed the context",
            unset = removal.names(false)
        );
        self
    }
}

impl<T: WriteEnv + ?Sized> WithTraceContext for T {}

/// What a propagator writes for a context, not yet applied to anything.
#[derive(Default)]
pub(crate) struct Injection {
    /// The variables of [`W3C`], in place, if they are to be changed.
    w3c: [Option<Change>; 3],
    /// Made on demand, because W3C does without.
    others: Option<Box<EnvChanges>>,
}

/// The value to set, or `None` to unset the variable.
type Change = Option<String>;

impl Injection {
    pub(crate) fn collect(&mut self, propagator: &dyn TextMapPropagator, cx: &Context) {
        propagator.inject_context(cx, self);
        if !self.is_empty() {
            self.unset_the_rest(propagator);
        }
    }

    /// The names, and the values to set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let w3c = W3C.into_iter().zip(&self.w3c);
        let w3c = w3c.filter_map(|(name, change)| Some((name, change.as_ref()?.as_deref())));
        w3c.chain(self.others.iter().flat_map(|others| others.iter()))
    }

    fn is_empty(&self) -> bool {
        self.others.is_none() && self.w3c.iter().all(Option::is_none)
    }

    /// Unsets the variables that the propagator declares and did not write.
    fn unset_the_rest(&mut self, propagator: &dyn TextMapPropagator) {
        for field in propagator.fields() {
            match Name::for_key(field) {
                Name::W3c(place) => _ = self.w3c[place].get_or_insert_default(),
                Name::Other(name) => _ = self.others().entry(&name),
            }
        }
    }

    /// Moves the values into `env`. Those that do not fit into any environment are skipped. In the end
    /// `None` stands for each variable that was unset.
    fn apply_to(&mut self, env: &mut (impl WriteEnv + ?Sized)) -> Vec<(String, &'static str)> {
        let mut skipped = Vec::new();
        let mut apply = |name: &str, change: &mut Change| {
            let reason = change.as_deref().and_then(|value| reason_to_skip(name, value));
            if let Some(reason) = reason {
                skipped.push((name.to_owned(), reason));
            }
            match change {
                Some(value) if reason.is_none() && !value.is_empty() => {
                    env.set_checked(name, value);
                }
                _ => {
                    *change = None;
                    env.remove_var(name);
                }
            }
        };
        for (name, change) in W3C.into_iter().zip(&mut self.w3c) {
            if let Some(change) = change {
                apply(name, change);
            }
        }
        if let Some(others) = &mut self.others {
            others.iter_mut().for_each(|(name, change)| apply(name, change));
        }
        skipped
    }

    /// Applies the changes, then logs: a subscriber may do anything.
    fn apply(mut self, env: &mut (impl WriteEnv + ?Sized)) {
        for (name, reason) in self.apply_to(env) {
            warn_skipped(&name, reason);
        }
        if self.is_empty() {
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
                set = self.names(true),
                unset = self.names(false)
            );
        }
    }

    fn others(&mut self) -> &mut EnvChanges {
        self.others.get_or_insert_default()
    }

    /// The names of the variables that were set, or of those that were unset.
    fn names(&self, is_set: bool) -> String {
        let of_kind = self.iter().filter(|(_, value)| value.is_some() == is_set);
        of_kind.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
    }
}

impl Injector for Injection {
    fn set(&mut self, key: &str, value: String) {
        match Name::for_key(key) {
            Name::W3c(place) => self.w3c[place] = Some(Some(value)),
            Name::Other(name) => self.others().set_var(&name, value),
        }
    }
}
