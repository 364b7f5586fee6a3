//! Collections: an environment for a child that is not started through a `Command`.

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

        /// On Windows names that differ in case alone are one variable, as they are to the child.
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

/// The order is kept. Where a name stands twice, the first counts; setting the variable leaves it
/// standing once, at the first place.
impl ReadEnv for Vec<(String, String)> {
    fn var(&self, name: &str) -> Option<&str> {
        let (_, value) = self.iter().find(|(other, _)| other == name)?;
        Some(value)
    }

    fn names(&self) -> Vec<&str> {
        self.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// The order is kept; a new variable goes to the end. Where a name stands twice, setting the
/// variable leaves it standing once, at the first place. On Windows names that differ in case alone
/// are one variable, as they are to the child.
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
