//! What variables are read from and written to.

use std::ffi::OsStr;

mod collections;
mod command;
mod process;

pub use process::ProcessEnv;
pub(crate) use process::Value;

/// An environment that variables can be read from.
///
/// Names are used as they are: [`EnvCarrier`](crate::EnvCarrier) normalizes keys before it asks.
/// Implement it for a type of your own to extract a context from it.
///
/// - If a variable is defined twice, the first definition wins, as with `getenv`.
/// - A variable whose value is not Unicode is treated as unset, and one whose name is not Unicode is not
///   visible.
pub trait ReadEnv {
    /// The value of the variable `name`, which may be empty. `None` if it is unset.
    fn var(&self, name: &str) -> Option<&str>;

    /// The names of all variables.
    fn names(&self) -> Vec<&str>;
}

/// An environment that variables can be written to, usually that of a child about to be spawned.
///
/// Implement it for a type of your own to get [`WithTraceContext`](crate::WithTraceContext) for it.
/// For a builder that you use in one place, [`EnvChanges`](crate::EnvChanges) takes fewer lines.
///
/// A context is collected before anything is written, so an implementation may use the global
/// propagator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no environment that a context can be injected into",
    note = "for the `Command` of `tokio` or `async-process`, enable the feature `tokio` or `async-process` of `opentelemetry-env-carrier`",
    note = "for another builder, apply `EnvChanges::from_current_context()` to it"
)]
pub trait WriteEnv {
    /// Sets the variable `name` to `value`, replacing every earlier value.
    fn set_var(&mut self, name: &str, value: String);

    /// Unsets the variable `name`, whether it was set before or would be inherited.
    fn remove_var(&mut self, name: &str);
}

impl<T: ReadEnv + ?Sized> ReadEnv for &T {
    fn var(&self, name: &str) -> Option<&str> {
        (**self).var(name)
    }

    fn names(&self) -> Vec<&str> {
        (**self).names()
    }
}

impl<T: ReadEnv + ?Sized> ReadEnv for &mut T {
    fn var(&self, name: &str) -> Option<&str> {
        (**self).var(name)
    }

    fn names(&self) -> Vec<&str> {
        (**self).names()
    }
}

impl<T: WriteEnv + ?Sized> WriteEnv for &mut T {
    fn set_var(&mut self, name: &str, value: String) {
        (**self).set_var(name, value);
    }

    fn remove_var(&mut self, name: &str) {
        (**self).remove_var(name);
    }
}

/// Whether the two names are one variable: on Windows they may differ in case.
pub(crate) fn same_variable(name: impl AsRef<OsStr>, other: impl AsRef<OsStr>) -> bool {
    let (name, other) = (name.as_ref(), other.as_ref());
    if cfg!(windows) { name.eq_ignore_ascii_case(other) } else { name == other }
}
