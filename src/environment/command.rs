//! Commands: the environment of a child that is about to be spawned.

use std::process::CommandEnvs;

use super::{ReadEnv, WriteEnv, same_variable};

/// Commands of different crates have the same methods, but no trait for them. The second argument is the
/// method that borrows a command as one of `std`, if it is needed to look at its variables.
macro_rules! environment_of_command {
    ($command:ty $(, $as_std:ident)?) => {
        /// What was set on the command explicitly. What the child would inherit is not visible, because
        /// inheritance is resolved at spawn.
        impl ReadEnv for $command {
            fn var(&self, name: &str) -> Option<&str> {
                value_of(name, self$(.$as_std())?.get_envs())
            }

            fn names(&self) -> Vec<&str> {
                names_that_are_set(self$(.$as_std())?.get_envs())
            }
        }

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

environment_of_command!(std::process::Command);

#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
environment_of_command!(tokio::process::Command, as_std);

#[cfg(feature = "async-process")]
#[cfg_attr(docsrs, doc(cfg(feature = "async-process")))]
environment_of_command!(async_process::Command);

fn value_of<'a>(name: &str, mut variables: CommandEnvs<'a>) -> Option<&'a str> {
    let (_, value) = variables.find(|(other, _)| same_variable(other, name))?;
    value?.to_str()
}

fn names_that_are_set(variables: CommandEnvs<'_>) -> Vec<&str> {
    variables.filter(|(_, value)| value.is_some()).filter_map(|(name, _)| name.to_str()).collect()
}
