//! The environment of this process.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{ReadEnv, is_same};
use crate::name::W3C;

/// The environment of this process, read on demand and never written.
///
/// The first few variables that are asked for are looked up one by one, with [`std::env::var`], and
/// kept: later lookups return the same value, whatever happens to the environment. So extracting W3C
/// costs three lookups, however many variables there are. For more names, and for
/// [`names`](ReadEnv::names), the whole environment is read once.
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
    /// In place, because that is as many as common propagators ask for.
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

    /// What is known of a variable, and reads nothing that [`names`](ReadEnv::names) has not read.
    pub(crate) fn is_listed_empty(&self, name: &str) -> bool {
        let all = self.all.get();
        all.and_then(|all| all.get(name))
            .is_some_and(|variable| variable.value.as_deref() == Ok(""))
    }

    /// The variables that were asked for and, among the first few, those that are unset.
    pub(crate) fn asked_for(&self) -> impl Iterator<Item = (&str, &Value)> {
        let first =
            self.first.iter().filter_map(OnceLock::get).map(|(name, value)| (&**name, value));
        let more = self.all.get().into_iter().flatten();
        let more = more.filter(|(_, variable)| variable.was_asked_for.load(Ordering::Relaxed));
        first.chain(more.map(|(name, variable)| (&**name, &variable.value)))
    }

    pub(crate) fn lookup(&self, mut name: Cow<'_, str>) -> Option<&Value> {
        for place in &self.first {
            if place.get().is_none() {
                let value = self.read(&name);
                match place.set((kept(name), value)) {
                    Ok(()) => return Some(&place.get()?.1),
                    // Another thread was faster.
                    Err((back, _)) => name = back,
                }
            }
            let (known, value) = place.get()?;
            if *known == name {
                return Some(value);
            }
        }
        let variable = self.find(&name)?;
        variable.was_asked_for.store(true, Ordering::Relaxed);
        Some(&variable.value)
    }

    fn read(&self, name: &str) -> Value {
        // To `getenv` the name `A=B` would be the beginning of a value of `A`.
        if self.all.get().is_none() && !name.contains('=') {
            return env::var(name);
        }
        self.find(name).map_or(Err(VarError::NotPresent), |variable| variable.value.clone())
    }

    fn find(&self, name: &str) -> Option<&Variable> {
        let all = self.all();
        let in_another_case =
            || all.iter().find(|(other, _)| cfg!(windows) && is_same(other, name));
        all.get(name).or_else(|| Some(in_another_case()?.1))
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

/// The name, without an allocation for W3C.
fn kept(name: Cow<'_, str>) -> Cow<'static, str> {
    let w3c = W3C.into_iter().find(|w3c| *w3c == name);
    w3c.map_or_else(|| Cow::Owned(name.into_owned()), Cow::Borrowed)
}
