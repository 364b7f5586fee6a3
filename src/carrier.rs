//! The carrier: an environment as a propagator sees it.

use std::collections::HashSet;

use opentelemetry::propagation::{Extractor, Injector};

use crate::environment::{ProcessEnv, ReadEnv, WriteEnv};
use crate::name::{is_normalized, normalize};

/// An environment as a propagator's carrier: [`Injector`] if it can be written, [`Extractor`] if it can
/// be read.
///
/// It [normalizes](crate::normalize) keys and does nothing else, as the
/// [specification](https://opentelemetry.io/docs/specs/otel/context/env-carriers/) requires:
///
/// - `set` writes the value under the key's normalized name. Values are opaque: nothing is validated,
///   parsed or truncated. So a value with a NUL byte makes the spawn fail, and an empty one is written.
///   ([`WithTraceContext`](crate::WithTraceContext) skips the former and unsets the latter, and
///   [`extract_parent_context`](crate::extract_parent_context) treats an empty variable as unset.)
/// - `get` reads the variable with the key's normalized name, and no other: a variable called
///   `x-b3-traceid` is never read, though its name normalizes to the one that is asked for.
/// - `keys` lists the names that are already normalized, each once: upper-case names of variables, not
///   keys as the propagator spells them.
///
/// Use it if you have a propagator and a context of your own. Otherwise
/// [`WithTraceContext`](crate::WithTraceContext), which also unsets what is stale, and
/// [`extract_parent_context`](crate::extract_parent_context) are shorter.
///
/// ```
/// use std::process::Command;
///
/// use opentelemetry::Context;
/// use opentelemetry::propagation::TextMapPropagator as _;
/// use opentelemetry_env_carrier::EnvCarrier;
/// # use opentelemetry::propagation::TextMapCompositePropagator;
/// # let propagator = TextMapCompositePropagator::new(vec![]);
///
/// let mut command = Command::new("worker");
/// propagator.inject_context(&Context::current(), &mut EnvCarrier::new(&mut command));
///
/// let cx = propagator.extract(&EnvCarrier::from_env());
/// ```
#[derive(Clone, Default)]
pub struct EnvCarrier<E = ProcessEnv> {
    env: E,
}

impl EnvCarrier {
    /// A carrier over the environment of this process, to extract from. Nothing is read until a
    /// propagator asks, and what was read is kept: see [`ProcessEnv`].
    #[must_use]
    pub fn from_env() -> Self {
        Self::new(ProcessEnv::new())
    }
}

impl<E> EnvCarrier<E> {
    /// A carrier over `env`: `&mut command` to inject into, `&env` to extract from.
    #[must_use]
    pub fn new(env: E) -> Self {
        Self { env }
    }

    /// The environment, with what was injected into it.
    #[must_use]
    pub fn into_inner(self) -> E {
        self.env
    }
}

impl<E: WriteEnv> Injector for EnvCarrier<E> {
    fn set(&mut self, key: &str, value: String) {
        self.env.set_var(&normalize(key), value);
    }
}

impl<E: ReadEnv> Extractor for EnvCarrier<E> {
    fn get(&self, key: &str) -> Option<&str> {
        self.env.var(&normalize(key))
    }

    fn keys(&self) -> Vec<&str> {
        let mut listed = HashSet::new();
        let mut keys = Vec::new();
        for name in self.env.names() {
            if is_normalized(name) && listed.insert(name) {
                keys.push(name);
            }
        }
        keys
    }
}

debug_shows_name_only!(EnvCarrier<E>);
