//! The programs that the guide's page on the end of `main` shows. `WAY` names the one to run.

#[path = "../../../../src/guide/end_of_main"]
mod guide {
    #[cfg(unix)]
    pub mod async_main;
    #[cfg(unix)]
    pub mod computes;
    #[cfg(unix)]
    pub mod execs;
    pub mod exits;
    pub mod optional;
    pub mod returns;
    pub mod serves;
    #[cfg(unix)]
    pub mod signals;
    pub mod telemetry;
    #[cfg(unix)]
    pub mod waits;
}

use std::env;
use std::process::{ExitCode, Termination as _};

use guide::*;

fn main() -> ExitCode {
    match &*env::var("WAY").unwrap_or_default() {
        #[cfg(unix)]
        "async_main" => async_main::main(),
        #[cfg(unix)]
        "computes" => computes::main(),
        #[cfg(unix)]
        "execs" => execs::main(),
        "exits" => exits::main(),
        "optional" => optional::main_span("optional").start().end(()),
        "returns" => returns::main(),
        "serves" => serves::main().report(),
        #[cfg(unix)]
        "waits" => waits::main(),
        way => panic!("no way out of main is called {way:?}"),
    }
}
