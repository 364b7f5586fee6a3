//! The environment of this process.

use std::borrow::Cow;
use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

use super::{ReadEnv, folded};
use crate::name;

/// The environment of this process, read on demand and never written.
///
/// A variable is looked up with [`std::env::var_os`] when it is first asked for, and kept: later
/// lookups return the same value, whatever happens to the environment. So extracting W3C costs three
/// lookups, however many variables there are. The whole environment is read only for
/// [`names`](ReadEnv::names); from then on lookups of other variables are answered from that.
///
/// Its `Debug` output shows the names that were asked for, never a value.
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
    cache: Cache,
    all: OnceLock<Snapshot>,
}

impl ProcessEnv {
    /// The environment of this process. Nothing is read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The variables that were asked for, in no particular order.
    pub(crate) fn asked_for(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.cache.iter().map(|variable| (&*variable.name, &variable.value))
    }

    /// Whether the variable is known to be empty: [`names`](ReadEnv::names) has listed it.
    pub(crate) fn is_empty(&self, name: &str) -> bool {
        let known = self.all.get().and_then(|all| all.value(name));
        known.is_some_and(|value| value.text() == Some(""))
    }

    fn read(&self, name: &str) -> Value {
        match self.all.get() {
            // To `getenv` the name `A=B` would be the beginning of a value of `A`.
            _ if name.bytes().skip(1).any(|byte| byte == b'=') => Value::Unset,
            Some(all) => all.value(name).cloned().unwrap_or(Value::Unset),
            None => Value::read(name),
        }
    }
}

impl ReadEnv for ProcessEnv {
    fn var(&self, name: &str) -> Option<&str> {
        self.cache.get(name, || self.read(name)).text()
    }

    fn names(&self) -> Vec<&str> {
        let all = self.all.get_or_init(Snapshot::take);
        all.names.iter().map(String::as_str).collect()
    }
}

impl fmt::Debug for ProcessEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked_for: Vec<&str> = self.asked_for().map(|(name, _)| name).collect();
        f.debug_struct("ProcessEnv").field("asked_for", &asked_for).finish_non_exhaustive()
    }
}

/// What is known of a variable.
#[derive(Clone)]
pub(crate) enum Value {
    Unset,
    NotUnicode,
    Text(String),
}

impl Value {
    pub(crate) fn read(name: &str) -> Self {
        env::var_os(name).map_or(Self::Unset, Self::from)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Unset | Self::NotUnicode => None,
        }
    }
}

impl From<OsString> for Value {
    fn from(value: OsString) -> Self {
        value.into_string().map_or(Self::NotUnicode, Self::Text)
    }
}

/// The variables that were looked up. They can be borrowed because none ever moves.
#[derive(Default)]
struct Cache {
    /// In place, because that is as many as common propagators ask for.
    first: [OnceLock<Variable>; 4],
    more: Subtree,
    hasher: RandomState,
}

struct Variable {
    name: Cow<'static, str>,
    value: Value,
}

/// A tree that branches by the bits of the names' hashes, so its depth is logarithmic.
type Subtree = OnceLock<Box<Node>>;

struct Node {
    variable: Variable,
    below: [Subtree; 4],
}

impl Cache {
    fn get(&self, name: &str, read: impl Fn() -> Value) -> &Value {
        let variable = || Variable { name: name::verbatim(name), value: read() };
        for place in &self.first {
            let known = place.get_or_init(variable);
            if known.name == name {
                return &known.value;
            }
        }
        let mut hash = self.hasher.hash_one(name);
        let mut place = &self.more;
        loop {
            let new = || Box::new(Node { variable: variable(), below: Default::default() });
            let node = place.get_or_init(new);
            if node.variable.name == name {
                return &node.variable.value;
            }
            place = &node.below[(hash % 4) as usize];
            hash = hash.rotate_right(2);
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Variable> {
        let mut pending = Vec::from_iter(self.more.get());
        let more = std::iter::from_fn(move || {
            let node = pending.pop()?;
            pending.extend(node.below.iter().filter_map(OnceLock::get));
            Some(&node.variable)
        });
        self.first.iter().filter_map(OnceLock::get).chain(more)
    }
}

/// The whole environment at one moment.
struct Snapshot {
    names: Vec<String>,
    values: HashMap<String, Value>,
}

impl Snapshot {
    fn take() -> Self {
        let (mut names, mut values) = (Vec::new(), HashMap::new());
        for (name, value) in env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            values.entry(folded(&name).into_owned()).or_insert_with(|| Value::from(value));
            names.push(name);
        }
        Self { names, values }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(&*folded(name))
    }
}
