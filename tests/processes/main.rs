//! What real processes inject and extract, each spawned with exactly the environment of its case.

mod allocations;
#[cfg(all(feature = "tokio", feature = "async-process"))]
mod async_commands;
mod extraction;
#[path = "../fixtures/mod.rs"]
mod fixtures;
#[cfg(unix)]
mod hostile_environments;
mod hostile_propagators;
mod logs;
#[cfg(windows)]
mod on_windows;
mod parent_to_child;
mod process_environment;
mod reentrancy;
mod sequences;

use std::process::ExitCode;

/// The minor version of `opentelemetry`, which this crate shares. The SDK's propagators differ by it.
const LINE: u32 = match u32::from_str_radix(env!("CARGO_PKG_VERSION_MINOR"), 10) {
    Ok(minor) => minor,
    Err(_) => panic!("a number"),
};

fn main() -> ExitCode {
    fixtures::roles::main(&[
        (allocations::ROLES, allocations::tests),
        #[cfg(all(feature = "tokio", feature = "async-process"))]
        (&[], async_commands::tests),
        (&[], extraction::tests),
        #[cfg(unix)]
        (hostile_environments::ROLES, hostile_environments::tests),
        (&[], hostile_propagators::tests),
        (&[], logs::tests),
        #[cfg(windows)]
        (on_windows::ROLES, on_windows::tests),
        (&[], parent_to_child::tests),
        (process_environment::ROLES, process_environment::tests),
        (&[], reentrancy::tests),
        (sequences::ROLES, sequences::tests),
    ])
}
