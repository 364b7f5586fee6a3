//! What real processes inject and extract, each spawned with exactly the environment of its case.

mod allocations;
mod concurrency;
mod extraction;
#[path = "../fixtures/mod.rs"]
mod fixtures;
mod injection;
mod logs;
mod odd_propagators;
#[cfg(windows)]
mod on_windows;
mod process_environment;
mod reentrancy;
mod which_propagator;
