//! Collections: an environment for a child that is not spawned through a `Command`.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::{ReadEnv, WriteEnv, is_same};

/// Maps of different kinds have the same methods, but no trait for them.
macro_rules! environment_of_map {
    ([$($parameter:tt)*] $map:ty) => {
        impl<$($parameter)*> ReadEnv for $map {
            fn var(&self, name: &str) -> Option<&str> {
                self.get(name).map(String::as_str)
            }

            fn names(&self) -> Vec<&str> {
                self.keys().map(String::as_str).collect()
            }
        }

        impl<$($parameter)*> WriteEnv for $map {
            fn set_var(&mut self, name: &str, value: String) {
                self.remove_var(name);
                self.insert(name.to_owned(), value);
            }

            fn remove_var(&mut self, name: &str) {
                if cfg!(windows) {
                    self.retain(|other, _| !is_same(other, name));
                } else {
                    self.remove(name);
                }
            }
        }
    };
}

environment_of_map!([S: BuildHasher] HashMap<String, String, S>);
environment_of_map!([] BTreeMap<String, String>);

/// In the order of the list.
impl ReadEnv for Vec<(String, String)> {
    fn var(&self, name: &str) -> Option<&str> {
        let (_, value) = self.iter().find(|(other, _)| other == name)?;
        Some(value)
    }

    fn names(&self) -> Vec<&str> {
        self.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// The order is kept, and a new variable goes to the end. A variable that is set is defined once after
/// that, at its first place.
///
/// A list cannot say that a variable must not be inherited. For builders that inherit, use
/// [`EnvChanges`](crate::EnvChanges).
impl WriteEnv for Vec<(String, String)> {
    fn set_var(&mut self, name: &str, value: String) {
        let mut variable = Some((name.to_owned(), value));
        self.retain_mut(|old| {
            if !is_same(&old.0, name) {
                return true;
            }
            variable.take().map(|new| *old = new).is_some()
        });
        self.extend(variable);
    }

    fn remove_var(&mut self, name: &str) {
        self.retain(|(other, _)| !is_same(other, name));
    }
}
