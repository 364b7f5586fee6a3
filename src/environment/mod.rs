//! What variables are read from and written to.

mod collections;
mod command;
mod limits;
mod process;

pub(crate) use limits::fits;
pub use process::ProcessEnv;

/// An environment that variables can be read from.
///
/// Names are taken as they are given: [`EnvCarrier`](crate::EnvCarrier) normalizes keys before it
/// asks. Implement it for a type of your own to extract a context from it.
///
/// Where a variable stands twice, the first counts, as with `getenv`.
pub trait ReadEnv {
    /// The value of the variable `name`, which may be empty; `None` if it is not set, or is not
    /// Unicode.
    fn var(&self, name: &str) -> Option<&str>;

    /// The names of all variables that are set, without those that are not Unicode.
    fn names(&self) -> Vec<&str>;
}

/// An environment that variables can be written to, as a rule that of a child to be started.
///
/// Implement it for a type of your own, and [`WithTraceContext`](crate::WithTraceContext) comes
/// with it: a container's specification, a PTY's command builder, a job manifest.
///
/// [Bring your own target](crate::guide::targets) shows it for a list of `NAME=value`.
pub trait WriteEnv {
    /// Sets the variable `name` to `value`, in place of all values that it had.
    fn set_var(&mut self, name: &str, value: String);

    /// Sees to it that the variable `name` is not set, whether it was written before or would be
    /// inherited.
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

impl<T: WriteEnv + ?Sized> WriteEnv for &mut T {
    fn set_var(&mut self, name: &str, value: String) {
        (**self).set_var(name, value);
    }

    fn remove_var(&mut self, name: &str) {
        (**self).remove_var(name);
    }
}

/// Whether the two name one variable: on Windows case does not count.
fn is_same(name: &str, other: &str) -> bool {
    if cfg!(windows) { name.eq_ignore_ascii_case(other) } else { name == other }
}
