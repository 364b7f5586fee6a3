//! Collections: an environment for a child that is not started through a `Command`.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::{ReadEnv, WriteEnv};

impl<S: BuildHasher> ReadEnv for HashMap<String, String, S> {
    fn var(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }

    fn names(&self) -> Vec<&str> {
        self.keys().map(String::as_str).collect()
    }
}

impl<S: BuildHasher> WriteEnv for HashMap<String, String, S> {
    fn set_var(&mut self, name: &str, value: String) {
        self.insert(name.to_owned(), value);
    }

    fn remove_var(&mut self, name: &str) {
        self.remove(name);
    }
}

impl ReadEnv for BTreeMap<String, String> {
    fn var(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }

    fn names(&self) -> Vec<&str> {
        self.keys().map(String::as_str).collect()
    }
}

impl WriteEnv for BTreeMap<String, String> {
    fn set_var(&mut self, name: &str, value: String) {
        self.insert(name.to_owned(), value);
    }

    fn remove_var(&mut self, name: &str) {
        self.remove(name);
    }
}

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
/// variable leaves it standing once, at the first place.
impl WriteEnv for Vec<(String, String)> {
    fn set_var(&mut self, name: &str, value: String) {
        let mut value = Some(value);
        self.retain_mut(|(other, old)| {
            if other != name {
                return true;
            }
            value.take().map(|new| *old = new).is_some()
        });
        self.extend(value.map(|value| (name.to_owned(), value)));
    }

    fn remove_var(&mut self, name: &str) {
        self.retain(|(other, _)| other != name);
    }
}
