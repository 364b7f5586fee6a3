//! Chains of processes in several languages, each with OpenTelemetry's own implementation.
//!
//! ```text
//! tests/peers/setup
//! cargo test --package ecosystem --test peers
//! ```
//!
//! A peer is one small program. Its arguments are the command to start next, if any; so a chain is
//! the commands of its peers, one after the other. It
//!
//! - extracts its context from its environment, with the propagators of `OTEL_PROPAGATORS`; if
//!   `PEER_FORGETS` is set, it starts with an empty one instead;
//! - starts a span under it;
//! - writes a line of JSON: the `trace`, `span` and `parent` ids; the `flags` in hexadecimal; the
//!   `state`; the `baggage`, with the value and the properties of each entry; and what it
//!   `received` of the variables that `PEER_WATCHES` names;
//! - injects the context of the span into a copy of its environment, and starts the next command
//!   with it.
//!
//! With the arguments `--names KEY...` it prints the names of the variables for the keys instead.
//!
//! To add a language, write such a program, have `setup` set it up, and add a line to the table of
//! [`chain::languages`] and to the guide to languages.

mod chain;
mod differences;
#[cfg(unix)]
mod environments;
mod rust;
mod traces;

use std::env;
use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, rest @ ..] = &arguments[..]
        && first == chain::RUST_PEER
    {
        return rust::main(rest);
    }
    let mut tests = traces::tests();
    tests.extend(differences::tests());
    #[cfg(unix)]
    tests.extend(environments::tests());
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}
