//! With the crates that programs use beside this one.

mod builders;
mod child;
#[path = "../../../fixtures/mod.rs"]
mod fixtures;
mod propagators;
mod spans;
