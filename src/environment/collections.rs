//! Maps and lists: an environment for a child that is not spawned through a `Command`, or the one that
//! `std::env::vars` or `vars_os` returned. Names and values are each a `String` or an `OsString`.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::hash::{BuildHasher, Hash};

use super::{ReadEnv, WriteEnv, same_variable};

/// Maps of different kinds have the same methods, but no trait for them.
macro_rules! environment_of_map {
    ($map:ty, $($key:path),+; $($parameter:tt)*) => {
        impl<K, V, $($parameter)*> ReadEnv for $map
        where
            K: AsRef<OsStr> + From<String> $(+ $key)+,
            V: AsRef<OsStr>,
        {
            fn var(&self, name: &str) -> Option<&str> {
                self.get(&K::from(name.to_owned()))?.as_ref().to_str()
            }

            fn names(&self) -> Vec<&str> {
                self.keys().filter_map(|name| name.as_ref().to_str()).collect()
            }
        }

        impl<K, V, $($parameter)*> WriteEnv for $map
        where
            K: AsRef<OsStr> + From<String> $(+ $key)+,
            V: From<String>,
        {
            fn set_var(&mut self, name: &str, value: String) {
                // On Windows it may be there in another case.
                self.remove_var(name);
                self.insert(name.to_owned().into(), value.into());
            }

            fn remove_var(&mut self, name: &str) {
                if cfg!(windows) {
                    self.retain(|other, _| !same_variable(other, name));
                } else {
                    self.remove(&K::from(name.to_owned()));
                }
            }
        }
    };
}

environment_of_map!(HashMap<K, V, S>, Hash, Eq; S: BuildHasher);
environment_of_map!(BTreeMap<K, V>, Ord;);

/// In the order of the list.
impl<K: AsRef<OsStr>, V: AsRef<OsStr>> ReadEnv for Vec<(K, V)> {
    fn var(&self, name: &str) -> Option<&str> {
        let (_, value) = self.iter().find(|(other, _)| other.as_ref() == name)?;
        value.as_ref().to_str()
    }

    fn names(&self) -> Vec<&str> {
        self.iter().filter_map(|(name, _)| name.as_ref().to_str()).collect()
    }
}

/// The order is kept, and a new variable goes to the end. A variable that is set is defined once after
/// that, at its first place.
///
/// A list cannot say that a variable must not be inherited. For builders that inherit, use
/// [`EnvChanges`](crate::EnvChanges).
impl<K: AsRef<OsStr> + From<String>, V: From<String>> WriteEnv for Vec<(K, V)> {
    fn set_var(&mut self, name: &str, value: String) {
        let first = self.iter().position(|(other, _)| same_variable(other, name));
        // Removing the variable moves nothing that is before its first definition.
        let index = first.unwrap_or(self.len());
        self.remove_var(name);
        self.insert(index, (name.to_owned().into(), value.into()));
    }

    fn remove_var(&mut self, name: &str) {
        self.retain(|(other, _)| !same_variable(other, name));
    }
}
