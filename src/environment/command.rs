//! Commands: the environment of a child that is about to be spawned.

use super::{ReadEnv, WriteEnv, is_same};

/// What was set on the command explicitly. What the child would inherit is not visible, because
/// inheritance is resolved at spawn.
impl ReadEnv for std::process::Command {
    fn var(&self, name: &str) -> Option<&str> {
        let (_, value) = self.get_envs().find(|(other, _)| is_same(other, name))?;
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
        impl WriteEnv for $command {
            #[inline]
            fn set_var(&mut self, name: &str, value: String) {
                self.env(name, value);
            }

            fn remove_var(&mut self, name: &str) {
                self.env_remove(name);
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
