//! The environment of this process.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fmt, mem};

use super::{ReadEnv, same_variable};
use crate::name::W3C;

/// The environment of this process, read on demand and never written.
///
/// The first few variables that are asked for are looked up one by one, with [`std::env::var`], and
/// kept: later lookups return the same value, whatever happens to the environment. So extracting W3C
/// costs three lookups, however many variables there are. For more names, and for
/// [`names`](ReadEnv::names), the whole environment is read once. (On Windows a name that is missing is then compared
/// with each.) To see a change of the environment, make a new one.
///
/// A name with a `=` in it is never found, though [`names`](ReadEnv::names) lists what begins with one, such as
/// `=C:` on Windows.
///
/// Its `Debug` output shows the names of variables that were asked for, never a value.
///
/// ```
/// use opentelemetry_env_carrier::{ProcessEnv, ReadEnv as _};
///
/// let env = ProcessEnv::new();
/// assert!(env.var("PATH").is_some());
/// assert_eq!(env.var("NO_SUCH_VARIABLE"), None);
/// ```
#[derive(Default)]
pub struct ProcessEnv {
    /// As many as common propagators ask for, in place, so that they need no allocation of their own.
    first: [OnceLock<(Cow<'static, str>, Value)>; 8],
    all: OnceLock<BTreeMap<String, Variable>>,
}

pub(crate) type Value = Result<String, VarError>;

struct Variable {
    value: Value,
    was_asked_for: AtomicBool,
}

impl ProcessEnv {
    /// The environment of this process. Nothing is read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The variables that were asked for. (Those that are unset only among the first few.)
    pub(crate) fn asked_for(&self) -> impl Iterator<Item = (&str, &Value)> {
        let first = self.first.iter().filter_map(OnceLock::get);
        let others = self.all.get().into_iter().flatten();
        first.map(|(name, value)| (&**name, value)).chain(
            others
                .filter(|(_, variable)| variable.was_asked_for.load(Ordering::Relaxed))
                .map(|(name, variable)| (&**name, &variable.value)),
        )
    }

    pub(crate) fn lookup(&self, mut name: Cow<'_, str>) -> Option<&Value> {
        // To `getenv` the name `A=B` would be the beginning of a value of `A`.
        if name.contains('=') {
            return None;
        }
        for slot in &self.first {
            let mut is_new = false;
            // A name claims its slot even if the variable is unset: that, too, stays as it was first seen.
            let (known, value) = slot.get_or_init(|| {
                is_new = true;
                let value = env::var(&*name);
                (kept(mem::take(&mut name)), value)
            });
            // A new slot has taken the name.
            if is_new || *known == name {
                return Some(value);
            }
        }
        let all = self.all();
        let variable = match all.get(&*name) {
            Some(variable) => variable,
            None if cfg!(windows) => all.iter().find(|(other, _)| same_variable(other, &*name))?.1,
            None => return None,
        };
        variable.was_asked_for.store(true, Ordering::Relaxed);
        Some(&variable.value)
    }

    /// Those of values that are not Unicode, too: asking for one reports it.
    pub(crate) fn non_empty_names(&self) -> Vec<&str> {
        self.all()
            .iter()
            .filter(|(_, variable)| variable.value.as_deref() != Ok(""))
            .map(|(name, _)| &**name)
            .collect()
    }

    fn all(&self) -> &BTreeMap<String, Variable> {
        self.all.get_or_init(|| {
            let mut all = BTreeMap::new();
            for (name, value) in env::vars_os() {
                let Ok(name) = name.into_string() else { continue };
                let value = value.into_string().map_err(VarError::NotUnicode);
                let variable = Variable { value, was_asked_for: AtomicBool::new(false) };
                all.entry(name).or_insert(variable);
            }
            all
        })
    }
}

impl ReadEnv for ProcessEnv {
    fn var(&self, name: &str) -> Option<&str> {
        self.lookup(name.into())?.as_deref().ok()
    }

    fn names(&self) -> Vec<&str> {
        self.all().keys().map(String::as_str).collect()
    }
}

impl fmt::Debug for ProcessEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked_for: Vec<&str> = self.asked_for().map(|(name, _)| name).collect();
        f.debug_struct("ProcessEnv").field("asked_for", &asked_for).finish_non_exhaustive()
    }
}

/// The name as it is kept, without an allocation for W3C.
fn kept(name: Cow<'_, str>) -> Cow<'static, str> {
    match W3C.into_iter().find(|w3c| *w3c == name) {
        Some(w3c) => Cow::Borrowed(w3c),
        None => Cow::Owned(name.into_owned()),
    }
}
