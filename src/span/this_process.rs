//! What the system knows of this process.

use std::ffi::OsString;
use std::path::PathBuf;
use std::{env, process};

/// `None` on platforms without process ids, such as WASI, where asking for it panics.
pub(super) fn pid() -> Option<u32> {
    if cfg!(target_family = "wasm") { None } else { Some(process::id()) }
}

/// The path of this program's file, or what the program was called as if that is not known.
pub(super) fn program() -> OsString {
    match env::current_exe() {
        Ok(path) => without_mark_of_deletion(path).into(),
        Err(_) => env::args_os().next().unwrap_or_default(),
    }
}

/// Linux marks the path of a file that was deleted, or replaced by another, while it runs.
fn without_mark_of_deletion(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|path| path.strip_suffix(" (deleted)")) {
        // A file that is there may really be called so.
        Some(original) if cfg!(target_os = "linux") && !path.exists() => original.into(),
        _ => path,
    }
}
