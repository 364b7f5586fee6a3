//! What real processes hand on and receive, each started with exactly the environment of its case.
//!
//! The processes are this program again, in a role.

mod allocations;
#[cfg(all(feature = "tokio", feature = "async-process"))]
mod async_commands;
mod extraction;
#[cfg(unix)]
mod hostile_environments;
mod hostile_propagators;
#[cfg(target_os = "linux")]
mod launchers;
#[cfg(windows)]
mod on_windows;
mod parent_to_child;
mod process_environment;
mod propagators;
mod role;
mod sequences;
mod tracing_spans;
mod warnings;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let modules = [
        (allocations::ROLES, allocations::tests as fn() -> Vec<Trial>),
        #[cfg(all(feature = "tokio", feature = "async-process"))]
        (async_commands::ROLES, async_commands::tests),
        (extraction::ROLES, extraction::tests),
        #[cfg(unix)]
        (hostile_environments::ROLES, hostile_environments::tests),
        (hostile_propagators::ROLES, hostile_propagators::tests),
        #[cfg(target_os = "linux")]
        (launchers::ROLES, launchers::tests),
        #[cfg(windows)]
        (on_windows::ROLES, on_windows::tests),
        (parent_to_child::ROLES, parent_to_child::tests),
        (process_environment::ROLES, process_environment::tests),
        (propagators::ROLES, propagators::tests),
        (sequences::ROLES, sequences::tests),
        (tracing_spans::ROLES, tracing_spans::tests),
        (warnings::ROLES, warnings::tests),
    ];
    if role::play(&modules.map(|(roles, _)| roles).concat()) {
        return ExitCode::SUCCESS;
    }
    let tests = modules.into_iter().flat_map(|(_, tests)| tests()).collect();
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}
