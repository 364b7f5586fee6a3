//! The parent's side: a context goes into the environment of a child.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Injector, TextMapPropagator};

use crate::environment::{WriteEnv, fits};
use crate::name::{Name, W3C};
use crate::propagator;

/// Gives a trace context to a child that is about to be started.
///
/// Every [`WriteEnv`] has it: [`std::process::Command`], those of `tokio` and `async-process`,
/// maps and lists of variables, and types of your own.
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
/// If the propagator writes anything for the context, the child gets exactly what it wrote: every
/// other variable that the propagator declares in its
/// [`fields`](TextMapPropagator::fields) is removed, whether it would be inherited or was set
/// before, and nothing is left empty. So no `BAGGAGE` or `TRACESTATE` of a distant ancestor rides
/// along with a fresh `TRACEPARENT`.
///
/// If it writes nothing (there is no span and no baggage), the child gets exactly what it would
/// have got without the call. So a tool whose telemetry is off does not cut the trace of those
/// above it.
///
/// # Edges
///
/// - A variable that no process could be started with (its value has a NUL byte, or is longer than
///   the platform allows) is left out, with a warning. What all variables and arguments take
///   together is not known here, and is the caller's to mind.
/// - The environment of this process is not changed.
/// - The `Debug` output of a [`std::process::Command`] shows the variables that were set on it,
///   baggage among them.
/// - Two keys with one [normalized](crate::normalize) name are one variable: the last one counts.
/// - A call replaces what an earlier one wrote, so a command can be used for several children.
pub trait WithTraceContext: WriteEnv {
    /// Hands the current context on, with the global propagator.
    ///
    /// Where no global propagator has been set, those count that `OTEL_PROPAGATORS` names when the
    /// first context is handed on or read: by default W3C trace context and baggage (feature
    /// `w3c`). One that declares no fields counts as not set.
    fn with_trace_context(&mut self) -> &mut Self {
        self.with_trace_context_from(&Context::current())
    }

    /// As [`with_trace_context`](Self::with_trace_context), with a context of the caller's.
    fn with_trace_context_from(&mut self, cx: &Context) -> &mut Self {
        propagator::in_force(|propagator| inject(propagator, cx, self));
        self
    }

    /// As [`with_trace_context`](Self::with_trace_context), with a propagator and a context of the
    /// caller's.
    fn with_trace_context_using(
        &mut self,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> &mut Self {
        inject(propagator, cx, self);
        self
    }

    /// Hands no context on, not even one that would be inherited: for a program that is not to
    /// know of the trace, or to see its baggage.
    ///
    /// It removes the variables that the propagator of `with_trace_context` declares, and those of
    /// W3C trace context and baggage in any case. What a propagator does not declare stays.
    fn without_trace_context(&mut self) -> &mut Self {
        for [_, name] in W3C {
            self.remove_var(name);
        }
        propagator::in_force(|propagator| {
            for field in propagator.fields() {
                self.remove_var(&Name::normalized(field));
            }
        });
        self
    }
}

impl<T: WriteEnv + ?Sized> WithTraceContext for T {}

fn inject<E: WriteEnv + ?Sized>(propagator: &dyn TextMapPropagator, cx: &Context, env: &mut E) {
    let mut injection = Injection::into(env);
    propagator.inject_context(cx, &mut injection);
    injection.remove_stale(propagator.fields());
}

/// One injection, which remembers what the propagator wrote.
struct Injection<'a, E: ?Sized> {
    env: &'a mut E,
    /// Room for what common propagators write, so that no allocation is needed.
    written: [Option<Name>; 4],
    more_written: Vec<Name>,
}

impl<'a, E: WriteEnv + ?Sized> Injection<'a, E> {
    fn into(env: &'a mut E) -> Self {
        Self { env, written: [const { None }; 4], more_written: Vec::new() }
    }

    /// Removes the fields that were not written, unless nothing was.
    fn remove_stale(&mut self, fields: FieldIter<'_>) {
        if self.written[0].is_none() {
            return;
        }
        for field in fields {
            let mut written = self.written.iter().flatten().chain(&self.more_written);
            let name = Name::normalized(field);
            if !written.any(|other| *other == name) {
                self.env.remove_var(&name);
            }
        }
    }
}

impl<E: WriteEnv + ?Sized> Injector for Injection<'_, E> {
    fn set(&mut self, key: &str, value: String) {
        let name = Name::normalized(key);
        let variable: &str = &name;
        if !value.is_empty() && fits(variable, &value) {
            self.env.set_var(variable, value);
        } else {
            self.env.remove_var(variable);
        }
        match self.written.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(name),
            None => self.more_written.push(name),
        }
    }
}
