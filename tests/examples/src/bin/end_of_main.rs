//! The programs that the guide's page on the end of `main` shows. `WAY` names the one to run.

#[path = "../../../../src/guide/end_of_main/async_main.rs"]
mod async_main;
#[cfg(unix)]
#[path = "../../../../src/guide/end_of_main/computes.rs"]
mod computes;
#[cfg(unix)]
#[path = "../../../../src/guide/end_of_main/execs.rs"]
mod execs;
#[path = "../../../../src/guide/end_of_main/exits.rs"]
mod exits;
#[path = "../../../../src/guide/end_of_main/optional.rs"]
mod optional;
#[path = "../../../../src/guide/end_of_main/returns.rs"]
mod returns;
#[path = "../../../../src/guide/end_of_main/serves.rs"]
mod serves;
#[cfg(unix)]
#[path = "../../../../src/guide/end_of_main/signals.rs"]
mod signals;
#[path = "../../../../src/guide/end_of_main/telemetry.rs"]
mod telemetry;
#[cfg(unix)]
#[path = "../../../../src/guide/end_of_main/waits.rs"]
mod waits;

use std::env;
use std::process::{ExitCode, Termination as _};

fn main() -> ExitCode {
    match &*env::var("WAY").unwrap_or_default() {
        "async_main" => async_main::main(),
        #[cfg(unix)]
        "computes" => computes::main(),
        #[cfg(unix)]
        "execs" => execs::main(),
        "exits" => exits::main(),
        "optional" => optional::start("optional").end(()),
        "returns" => returns::main(),
        "serves" => serves::main().report(),
        #[cfg(unix)]
        "waits" => waits::main(),
        way => panic!("no way out of main is called {way:?}"),
    }
}
