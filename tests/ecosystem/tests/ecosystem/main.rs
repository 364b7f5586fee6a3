//! With the crates that programs use beside this one.

mod builders;
#[path = "../../../fixtures/mod.rs"]
mod fixtures;
mod propagators;
mod spans;
mod tracing_spans;

use std::process::ExitCode;

fn main() -> ExitCode {
    fixtures::roles::main(&[
        (&[], builders::tests),
        (propagators::ROLES, propagators::tests),
        (spans::ROLES, spans::tests),
        (&[], tracing_spans::tests),
    ])
}
