//! With the crates that programs use beside this one.

mod builders;
#[path = "../fixtures/mod.rs"]
mod fixtures;
mod in_span;
mod main_span;
mod propagators;
mod tracing_spans;
#[cfg(unix)]
mod versions;

use std::process::ExitCode;

fn main() -> ExitCode {
    fixtures::roles::main(&[
        (builders::ROLES, builders::tests),
        (in_span::ROLES, in_span::tests),
        (main_span::ROLES, main_span::tests),
        (propagators::ROLES, propagators::tests),
        (tracing_spans::ROLES, tracing_spans::tests),
        #[cfg(unix)]
        (versions::ROLES, versions::tests),
    ])
}
