//! Commands: the environment of a child that is about to be spawned.

use std::ffi::OsStr;

use super::{ReadEnv, WriteEnv, is_same, reason_to_skip, warn_skipped};

/// What was set on the command explicitly. What the child would inherit is not visible, because
/// inheritance is resolved at spawn.
impl ReadEnv for std::process::Command {
    fn var(&self, name: &str) -> Option<&str> {
        let is_asked_for = |other: &OsStr| other.to_str().is_some_and(|other| is_same(other, name));
        let (_, value) = self.get_envs().find(|(other, _)| is_asked_for(other))?;
        value?.to_str()
    }

    fn names(&self) -> Vec<&str> {
        self.get_envs()
            .filter(|(_, value)| value.is_some())
            .filter_map(|(name, _)| name.to_str())
            .collect()
    }
}

/// Commands of different crates have the same methods, but no trait for them.
macro_rules! write_env_of_command {
    ($command:ty) => {
        /// A value that would prevent the spawn (one with a NUL byte, or longer than the platform
        /// allows) is skipped with a warning, and the variable is unset.
        impl WriteEnv for $command {
            fn set_var(&mut self, name: &str, value: String) {
                match reason_to_skip(name, &value) {
                    None => _ = self.env(name, value),
                    Some(reason) => {
                        self.env_remove(name);
                        warn_skipped(name, reason);
                    }
                }
            }

            fn remove_var(&mut self, name: &str) {
                self.env_remove(name);
            }

            fn set_checked(&mut self, name: &str, value: &mut String) {
                self.env(name, value);
            }
        }
    };
}

write_env_of_command!(std::process::Command);

#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
write_env_of_command!(tokio::process::Command);

#[cfg(feature = "async-process")]
#[cfg_attr(docsrs, doc(cfg(feature = "async-process")))]
write_env_of_command!(async_process::Command);
