//! The environment of this process.

use std::env::{self, VarError, VarError::NotUnicode};
use std::fmt;
use std::sync::OnceLock;

use super::ReadEnv;
use crate::name::Name;

/// The environment of this process, read when it is asked for and never written.
///
/// A variable is looked up with [`std::env::var`] when it is first asked for, and remembered: what
/// it was then, it stays. So reading a context costs three lookups, however many variables there
/// are; the whole environment is read only for [`names`](ReadEnv::names).
///
/// - A variable that is not Unicode counts as not set.
/// - Where a variable stands twice, the first counts, as with `getenv`.
/// - On Windows the lookup ignores case, as the system does.
/// - Its `Debug` output shows the names that were asked for, never a value.
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
    variables: Variables,
    names: OnceLock<Vec<String>>,
}

impl ProcessEnv {
    /// The environment of this process. Nothing is read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The names that were asked for and are set, but not to Unicode.
    pub(crate) fn not_unicode(&self) -> impl Iterator<Item = &str> {
        let is_not_unicode = |variable: &&Variable| matches!(variable.value, Err(NotUnicode(_)));
        self.variables.iter().filter(is_not_unicode).map(|variable| &*variable.name)
    }
}

impl ReadEnv for ProcessEnv {
    fn var(&self, name: &str) -> Option<&str> {
        self.variables.get(name).value.as_deref().ok()
    }

    fn names(&self) -> Vec<&str> {
        let read = || env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let names = self.names.get_or_init(|| read().collect());
        names.iter().map(String::as_str).collect()
    }
}

impl fmt::Debug for ProcessEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked_for: Vec<&str> = self.variables.iter().map(|variable| &*variable.name).collect();
        f.debug_struct("ProcessEnv").field("asked_for", &asked_for).finish_non_exhaustive()
    }
}

/// The variables that were looked up, in that order. The first four, which are as many as common
/// propagators ask for, have their room in place; they can be lent because none ever moves.
#[derive(Default)]
struct Variables {
    room: [OnceLock<Variable>; 4],
    more: OnceLock<Box<Variables>>,
}

struct Variable {
    name: Name,
    value: Result<String, VarError>,
}

impl Variables {
    fn get(&self, name: &str) -> &Variable {
        let mut variables = self;
        loop {
            for place in &variables.room {
                let variable = place.get_or_init(|| Variable::read(name));
                if *variable.name == *name {
                    return variable;
                }
            }
            variables = variables.more.get_or_init(Box::default);
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Variable> {
        std::iter::successors(Some(self), |variables| variables.more.get().map(Box::as_ref))
            .flat_map(|variables| &variables.room)
            .filter_map(OnceLock::get)
    }
}

impl Variable {
    fn read(name: &str) -> Self {
        Self { name: Name::verbatim(name), value: env::var(name) }
    }
}
