//! Variables to set and to unset, collected and checked before anything is changed.

use std::borrow::Cow;
use std::{fmt, vec};

use opentelemetry::Context;
use opentelemetry::propagation::{Injector, TextMapPropagator};

use crate::context::{self, WhoseSpan, has_span, with_span_of};
use crate::environment::{WriteEnv, same_variable};
use crate::extract::inherited_context;
use crate::name::{W3C, normalize, w3c_index};
use crate::propagator::with_propagator;

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
/// for (name, value) in EnvChanges::from_current_context() {
///     builder = match value {
///         Some(value) => builder.env(name, value),
///         None => builder.env_remove(name),
///     };
/// }
/// ```
///
/// - If there is nothing to inject, it is empty.
/// - Each name occurs once: a later change replaces an earlier one and keeps its position. The variables
///   of W3C come first. On Windows names that differ only in case are one variable.
/// - It is a [`WriteEnv`], so the methods of [`WithTraceContext`](crate::WithTraceContext) write to it,
///   and like every injection they skip values that would prevent the spawn. Written to directly, it
///   stores any value as it is.
/// - Its `Debug` output shows names, never values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvChanges {
    /// One for each variable of [`W3C`], so that these need no allocation.
    w3c: [Change; 3],
    others: Vec<(String, Change)>,
}

/// What is done to a variable.
#[derive(Clone, Default, PartialEq, Eq)]
enum Change {
    #[default]
    Nothing,
    Set(String),
    Unset,
}

impl EnvChanges {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The changes that inject the current context, or [the one that takes its
    /// place](crate::WithTraceContext#which-context): what
    /// [`with_trace_context`](crate::WithTraceContext::with_trace_context) applies.
    #[must_use]
    pub fn from_current_context() -> Self {
        let (cx, whose_span) = context_to_inject();
        Self::from_context_with(&cx, whose_span)
    }

    /// The changes that inject a context: what
    /// [`with_trace_context_from`](crate::WithTraceContext::with_trace_context_from) applies.
    #[must_use]
    pub fn from_context(cx: &Context) -> Self {
        Self::from_context_with(cx, WhoseSpan::Given)
    }

    /// Like [`from_context`](Self::from_context), for a context that this crate has chosen.
    pub(crate) fn from_context_with(cx: &Context, whose_span: WhoseSpan) -> Self {
        let mut changes = Self::new();
        with_propagator(|propagator| changes.collect(propagator, cx));
        changes.check(cx, whose_span);
        changes
    }

    /// The changes that remove the context: what
    /// [`without_trace_context`](crate::WithTraceContext::without_trace_context) applies.
    pub(crate) fn that_remove_the_context() -> Self {
        let changes = Self::that_unset_context_variables();
        event!(
            DEBUG,
            "EnvCarrier.ContextRemoved",
            "Removed the context",
            unset = changes.names_to_unset().join(" ")
        );
        changes
    }

    /// W3C's variables, and those that the propagator declares.
    pub(super) fn that_unset_context_variables() -> Self {
        let mut changes = Self::new();
        changes.w3c.fill(Change::Unset);
        with_propagator(|propagator| changes.unset_what_is_not_set(propagator.fields()));
        changes
    }

    /// The names and the values to set. `None` unsets the variable.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        W3C.into_iter()
            .zip(&self.w3c)
            .chain(self.others.iter().map(|(name, change)| (&**name, change)))
            .filter_map(|(name, change)| match change {
                Change::Nothing => None,
                Change::Set(value) => Some((name, Some(&**value))),
                Change::Unset => Some((name, None)),
            })
    }

    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.others.is_empty() && self.w3c.iter().all(|change| *change == Change::Nothing)
    }

    /// How many variables are to be set or unset.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    // Without a loop over the three: 10 ns of 400.
    pub(crate) fn apply_to(self, env: &mut (impl WriteEnv + ?Sized)) {
        let [traceparent, tracestate, baggage] = self.w3c;
        apply("TRACEPARENT", traceparent, env);
        apply("TRACESTATE", tracestate, env);
        apply("BAGGAGE", baggage, env);
        for (name, change) in self.others {
            apply(&name, change, env);
        }
    }

    /// Adds what the propagator writes for a context, and unsets what else it declares. What must not be set
    /// is not yet removed, because the propagator may be locked now, and a subscriber may need it.
    // Inlined, like what it calls, and like `check`: 10 ns of 400.
    #[inline]
    pub(super) fn collect(&mut self, propagator: &dyn TextMapPropagator, cx: &Context) {
        struct Collector<'a>(&'a mut EnvChanges);

        impl Injector for Collector<'_> {
            fn set(&mut self, key: &str, value: String) {
                *self.0.change_for_key(key) = Change::Set(value);
            }
        }

        propagator.inject_context(cx, &mut Collector(self));
        if !self.is_empty() {
            self.unset_what_is_not_set(propagator.fields());
        }
    }

    /// Unsets what must not be set, and logs what will be done. This is before anything is changed, because a
    /// subscriber may do anything, panic included.
    #[inline]
    pub(super) fn check(&mut self, cx: &Context, whose_span: WhoseSpan) {
        for (name, change) in W3C.into_iter().zip(&mut self.w3c) {
            unset_if_unfit(name, change);
        }
        for (name, change) in &mut self.others {
            unset_if_unfit(name, change);
        }
        if self.is_empty() {
            event!(
                DEBUG,
                "EnvCarrier.NothingToInject",
                "There is nothing to inject. Is a span current on this thread, is there only one version of opentelemetry in the program, and is a propagator set?",
                opentelemetry = crate::log::OPENTELEMETRY
            );
        } else {
            event!(
                DEBUG,
                "EnvCarrier.ContextInjected",
                "Injected the context",
                span = if has_span(cx) { format!("{whose_span:?}") } else { "None".to_owned() },
                set = self.names_to_set().join(" "),
                unset = self.names_to_unset().join(" ")
            );
        }
    }

    fn names_to_set(&self) -> Vec<&str> {
        self.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name).collect()
    }

    fn names_to_unset(&self) -> Vec<&str> {
        self.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect()
    }

    /// Unsets the variables for these keys, but for those that are set. In the same order each time, because a
    /// composite propagator declares its fields in any order.
    #[inline]
    fn unset_what_is_not_set<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        let start = self.others.len();
        for key in keys {
            let change = self.change_for_key(key);
            if *change == Change::Nothing {
                *change = Change::Unset;
            }
        }
        self.others[start..].sort_unstable_by(|(name, _), (other, _)| name.cmp(other));
    }

    #[inline]
    fn change_for_key(&mut self, key: &str) -> &mut Change {
        match w3c_index(key) {
            Some(index) => &mut self.w3c[index],
            None => self.change_for_name(normalize(key)),
        }
    }

    // Cold, because keys of W3C do not get here.
    #[cold]
    fn change_for_name(&mut self, name: Cow<'_, str>) -> &mut Change {
        if let Some(index) = W3C.iter().position(|w3c| same_variable(w3c, &*name)) {
            return &mut self.w3c[index];
        }
        let known = self.others.iter().position(|(other, _)| same_variable(other, &*name));
        let index = known.unwrap_or_else(|| {
            self.others.push((name.into_owned(), Change::Nothing));
            self.others.len() - 1
        });
        &mut self.others[index].1
    }
}

impl WriteEnv for EnvChanges {
    fn set_var(&mut self, name: &str, value: String) {
        *self.change_for_name(name.into()) = Change::Set(value);
    }

    fn remove_var(&mut self, name: &str) {
        *self.change_for_name(name.into()) = Change::Unset;
    }
}

impl IntoIterator for EnvChanges {
    type Item = (String, Option<String>);
    type IntoIter = EnvChangesIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let w3c = W3C.into_iter().map(str::to_owned).zip(self.w3c);
        let changes = w3c.chain(self.others).filter_map(|(name, change)| match change {
            Change::Nothing => None,
            Change::Set(value) => Some((name, Some(value))),
            Change::Unset => Some((name, None)),
        });
        EnvChangesIter(changes.collect::<Vec<_>>().into_iter())
    }
}

impl<'a> IntoIterator for &'a EnvChanges {
    type Item = (&'a str, Option<&'a str>);
    type IntoIter = EnvChangesIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        EnvChangesIter(self.iter().collect::<Vec<_>>().into_iter())
    }
}

/// Shows names, never values.
impl fmt::Debug for EnvChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvChanges")
            .field("set", &self.names_to_set())
            .field("unset", &self.names_to_unset())
            .finish()
    }
}

/// The names and the values to set, of [`EnvChanges`] or of a reference to it. `None` unsets the variable.
// A list of its own in both cases, so that one type is enough, and nothing of `EnvChanges` shows.
#[derive(Clone)]
pub struct EnvChangesIter<T>(vec::IntoIter<T>);

impl<T> Iterator for EnvChangesIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> ExactSizeIterator for EnvChangesIter<T> {}

debug_shows_name_only!(EnvChangesIter<T>);

/// The context that is injected where none is given.
pub(crate) fn context_to_inject() -> (Context, WhoseSpan) {
    let (cx, whose_span) = context::current();
    if has_span(&cx) {
        return (cx, whose_span);
    }
    // If nothing is written, the child inherits its ancestors' context anyway. But baggage alone, or a decision not
    // to sample, would take its place.
    let mut changes = EnvChanges::new();
    with_propagator(|propagator| changes.collect(propagator, &cx));
    if changes.is_empty() {
        return (cx, whose_span);
    }
    (with_span_of(&cx, &inherited_context()), WhoseSpan::Inherited)
}

fn apply(name: &str, change: Change, env: &mut (impl WriteEnv + ?Sized)) {
    match change {
        Change::Nothing => {}
        Change::Set(value) => env.set_var(name, value),
        Change::Unset => env.remove_var(name),
    }
}

/// Unsets the variable if its value is empty, or would prevent the spawn.
#[inline]
fn unset_if_unfit(name: &str, change: &mut Change) {
    let Change::Set(value) = change else { return };
    let reason = reason_to_skip(name, value);
    if let Some(reason) = reason {
        event!(
            WARN,
            "EnvCarrier.VariableSkipped",
            "An environment variable was skipped, because it would prevent the spawn",
            variable = name,
            reason = reason
        );
    }
    if reason.is_some() || value.is_empty() {
        *change = Change::Unset;
    }
}

/// Why no child can be spawned with this variable, if that is so.
fn reason_to_skip(name: &str, value: &str) -> Option<&'static str> {
    /// The longest `NAME=value` that a child can receive, with its terminator: `MAX_ARG_STRLEN` of
    /// Linux, which is lower than what other Unix systems allow, and the documented maximum of Windows.
    const LONGEST: usize = if cfg!(windows) { 32_767 } else { 128 * 1024 };

    // Windows counts UTF-16 units.
    let length = if cfg!(windows) { value.encode_utf16().count() } else { value.len() };
    // Without a way out of the loop, because that is faster for values as short as these.
    let mut has_nul = false;
    for byte in value.bytes() {
        has_nul |= byte == 0;
    }
    if has_nul {
        Some("its value contains a NUL byte")
    } else if name.len() + "=".len() + length + "\0".len() > LONGEST {
        Some("it is longer than the platform allows")
    } else {
        None
    }
}
