//! The child that tests spawn.

use std::path::{self, PathBuf};
use std::process::Command;

/// A child that does what the words say: see `src/bin/child.rs`.
pub(crate) fn child(words: &str) -> Command {
    let mut command = Command::new(path());
    command.args(words.split(' '));
    command
}

/// With a drive, if it has one.
pub(crate) fn path() -> PathBuf {
    path::absolute(env!("CARGO_BIN_EXE_child")).unwrap()
}
