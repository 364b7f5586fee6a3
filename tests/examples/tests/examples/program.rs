//! A small program that another one finds by its name.

use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs};

/// It is there until this is dropped.
pub(crate) struct Program {
    folder: PathBuf,
}

impl Program {
    /// A script for a shell.
    pub(crate) fn named(name: &str, script: &str) -> Self {
        static PROGRAMS: AtomicUsize = AtomicUsize::new(0);

        let number = PROGRAMS.fetch_add(1, Ordering::Relaxed);
        let folder = format!("program-{}-{number}", process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        fs::create_dir_all(&folder).unwrap();
        // A shell writes it: what this process has open for writing, a child that another test spawns just then
        // has open, too, and such a file cannot be executed.
        let write = r##"printf '#!/bin/sh\n%s\n' "$1" > "$0" && chmod 755 "$0""##;
        let mut shell = Command::new("sh");
        shell.args(["-c", write]).arg(folder.join(name)).arg(script);
        assert!(shell.status().unwrap().success());
        Self { folder }
    }

    /// The command finds it first in its `PATH`.
    pub(crate) fn add_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let path = env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.folder.display()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
