//! Variables to set and to unset, collected before anything is changed.

use std::collections::BTreeMap;
use std::{fmt, vec};

use super::{WriteEnv, folded};

/// An ordered list of environment variables to set and to unset, for builders that are not a
/// [`Command`](std::process::Command).
///
/// It is a [`WriteEnv`], so [`with_trace_context`](crate::WithTraceContext::with_trace_context) and
/// its siblings write to it. It then iterates over names and values; `None` means that the child
/// must not inherit the variable. A plain list of variables cannot express that, so the child would inherit
/// an ancestor's `TRACESTATE` and `BAGGAGE`.
///
/// ```
/// # struct Builder;
/// # impl Builder {
/// #     fn env(self, _: String, _: String) -> Self { self }
/// #     fn env_remove(self, _: String) -> Self { self }
/// # }
/// # let mut builder = Builder;
/// use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};
///
/// let mut changes = EnvChanges::new();
/// changes.with_trace_context();
/// for (name, value) in changes {
///     builder = match value {
///         Some(value) => builder.env(name, value),
///         None => builder.env_remove(name),
///     };
/// }
/// ```
///
/// - If there is nothing to inject, the list stays as it is: for a new one, empty.
/// - Each name occurs once. A later change replaces an earlier one and keeps its place. On Windows
///   names that differ only in case are one variable.
/// - Through [`with_trace_context`](crate::WithTraceContext::with_trace_context) it never holds a
///   value that would prevent the spawn. Written to directly, it stores any value as it is.
/// - Its `Debug` output shows names, never values.
#[derive(Clone, Default)]
pub struct EnvChanges {
    changes: Vec<(String, Option<String>)>,
    /// Where each variable is in `changes`.
    places: BTreeMap<String, usize>,
}

impl EnvChanges {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.changes.iter().map(|(name, value)| (&**name, value.as_deref()))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Option<String>)> {
        self.changes.iter_mut().map(|(name, value)| (&**name, value))
    }

    /// The place of the variable's change, which is a new one if there was none.
    pub(crate) fn entry(&mut self, name: &str) -> &mut (String, Option<String>) {
        let place = *self.places.entry(folded(name).into_owned()).or_insert(self.changes.len());
        if place == self.changes.len() {
            self.changes.push((name.to_owned(), None));
        }
        &mut self.changes[place]
    }
}

impl WriteEnv for EnvChanges {
    fn set_var(&mut self, name: &str, value: String) {
        *self.entry(name) = (name.to_owned(), Some(value));
    }

    fn remove_var(&mut self, name: &str) {
        *self.entry(name) = (name.to_owned(), None);
    }
}

impl IntoIterator for EnvChanges {
    type Item = (String, Option<String>);
    type IntoIter = vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.changes.into_iter()
    }
}

impl<'a> IntoIterator for &'a EnvChanges {
    type Item = (&'a str, Option<&'a str>);
    type IntoIter = vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

/// Shows names, never values.
impl fmt::Debug for EnvChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |is_set: bool| {
            let of_kind = self.iter().filter(move |(_, value)| value.is_some() == is_set);
            of_kind.map(|(name, _)| name).collect::<Vec<_>>()
        };
        let mut output = f.debug_struct("EnvChanges");
        output.field("set", &names(true)).field("unset", &names(false)).finish()
    }
}
