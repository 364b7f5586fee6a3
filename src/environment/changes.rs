//! Variables to set and to unset, collected before anything is changed.

use std::borrow::Cow;
use std::{fmt, mem, vec};

use opentelemetry::Context;

use super::{WriteEnv, is_same};
use crate::inject::WithTraceContext;
use crate::name::{W3C, normalize, w3c_place};

/// A list of environment variables to set and to unset, for builders that are not a
/// [`Command`](std::process::Command).
///
/// `None` means that the child must not inherit the variable. A plain list of variables cannot express
/// that, so the child would inherit an ancestor's `TRACESTATE` and `BAGGAGE`.
///
/// ```
/// # struct Builder;
/// # impl Builder {
/// #     fn env(self, _: String, _: String) -> Self { self }
/// #     fn env_remove(self, _: String) -> Self { self }
/// # }
/// # let mut builder = Builder;
/// use opentelemetry_env_carrier::EnvChanges;
///
/// for (name, value) in EnvChanges::current() {
///     builder = match value {
///         Some(value) => builder.env(name, value),
///         None => builder.env_remove(name),
///     };
/// }
/// ```
///
/// - If there is nothing to inject, it is empty.
/// - Each name occurs once: a later change replaces an earlier one and keeps its place. The variables
///   of W3C come first. On Windows names that differ only in case are one variable.
/// - It is a [`WriteEnv`], so the methods of [`WithTraceContext`](crate::WithTraceContext) write to it,
///   and like every injection they skip values that would prevent the spawn. Written to directly, it
///   stores any value as it is.
/// - Its `Debug` output shows names, never values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvChanges {
    /// The variables of [`W3C`], in place.
    w3c: [Change; 3],
    others: Vec<(String, Change)>,
}

/// What is done to a variable, if anything: the value to set, or `None` to unset it.
type Change = Option<Option<String>>;

impl EnvChanges {
    /// An empty list.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The changes that inject the current context: what
    /// [`with_trace_context`](WithTraceContext::with_trace_context) writes to a new list.
    #[must_use]
    pub fn current() -> Self {
        mem::take(Self::new().with_trace_context())
    }

    /// The changes that inject a context: what
    /// [`with_trace_context_from`](WithTraceContext::with_trace_context_from) writes to a new list.
    #[must_use]
    pub fn from_context(cx: &Context) -> Self {
        mem::take(Self::new().with_trace_context_from(cx))
    }

    /// The names and the values to set. `None` unsets the variable.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let all = W3C.into_iter().zip(&self.w3c);
        let all = all.chain(self.others.iter().map(|(name, change)| (&**name, change)));
        all.filter_map(|(name, change)| Some((name, change.as_ref()?.as_deref())))
    }

    /// Whether nothing is to be changed.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.others.is_empty() && self.w3c.iter().all(Option::is_none)
    }

    /// How many variables are to be set or unset.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    #[inline]
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Option<String>)> {
        let all = W3C.into_iter().zip(&mut self.w3c);
        let all = all.chain(self.others.iter_mut().map(|(name, change)| (&**name, change)));
        all.filter_map(|(name, change)| Some((name, change.as_mut()?)))
    }

    /// The names of the variables to set, or of those to unset.
    pub(crate) fn names(&self, is_set: bool) -> Vec<&str> {
        let of_kind = self.iter().filter(|(_, value)| value.is_some() == is_set);
        of_kind.map(|(name, _)| name).collect()
    }

    /// The change of the variable for a propagator's key.
    #[inline]
    pub(crate) fn of_key(&mut self, key: &str) -> &mut Change {
        match w3c_place(key) {
            Some(place) => &mut self.w3c[place],
            None => self.of_name(normalize(key)),
        }
    }

    /// Unsets the variables for the keys that were not changed yet, in the same order each time: a
    /// composite propagator declares its fields in any order.
    #[inline]
    pub(crate) fn unset_the_rest<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        let start = self.others.len();
        keys.for_each(|key| _ = self.of_key(key).get_or_insert_default());
        // The check alone saves 20 ns for W3C.
        if self.others.len() > start {
            self.others[start..].sort_unstable();
        }
    }

    #[cold]
    fn of_name(&mut self, name: Cow<'_, str>) -> &mut Change {
        if let Some(place) = W3C.iter().position(|w3c| is_same(w3c, &*name)) {
            return &mut self.w3c[place];
        }
        let place = self.others.iter().position(|(other, _)| is_same(other, &*name));
        let place = place.unwrap_or_else(|| {
            self.others.push((name.into_owned(), None));
            self.others.len() - 1
        });
        &mut self.others[place].1
    }
}

impl WriteEnv for EnvChanges {
    fn set_var(&mut self, name: &str, value: String) {
        *self.of_name(name.into()) = Some(Some(value));
    }

    fn remove_var(&mut self, name: &str) {
        *self.of_name(name.into()) = Some(None);
    }
}

impl IntoIterator for EnvChanges {
    type Item = (String, Option<String>);
    type IntoIter = vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let w3c = W3C.into_iter().map(str::to_owned).zip(self.w3c);
        let changes = w3c.chain(self.others).filter_map(|(name, change)| Some((name, change?)));
        changes.collect::<Vec<_>>().into_iter()
    }
}

/// Shows names, never values.
impl fmt::Debug for EnvChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("EnvChanges");
        output.field("set", &self.names(true)).field("unset", &self.names(false)).finish()
    }
}
