//! Code blocks of `src/guide/builders.md`, a file each.

use libtest_mimic::Trial;

pub(super) mod bollard_create;
pub(super) mod bollard_exec;
pub(super) mod duct;
pub(super) mod k8s_openapi;
#[cfg(unix)]
pub(super) mod portable_pty;
#[cfg(unix)]
pub(super) mod shell;
pub(super) mod write_env;

macro_rules! files {
    ($($file:literal)*) => { &[$(($file, include_str!($file))),*] };
}

const FILES: &[(&str, &str)] = files! {
    "bollard_exec.rs"
    "duct.rs"
    "k8s_openapi.rs"
    "portable_pty.rs"
    "shell.rs"
    "write_env.rs"
};

const PAGE: &str = include_str!("../../../../src/guide/builders.md");

pub(super) fn tests() -> impl Iterator<Item = Trial> {
    FILES.iter().map(|(file, code)| {
        Trial::test(format!("the page shows {file} as it is tested"), move || {
            let is_shown = PAGE.contains(&format!("```rust\n{code}```\n"));
            is_shown.then_some(()).ok_or_else(|| format!("not on the page:\n{code}").into())
        })
    })
}
