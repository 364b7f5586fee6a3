//! Chains of processes in several languages, each with OpenTelemetry's own implementation.
//!
//! ```text
//! tests/peers/setup
//! cargo test --package peers
//! ```
//!
//! A peer is one small program. Its arguments are the command to start next, if any; so a chain is
//! the commands of its peers, one after the other. It
//!
//! - extracts its context from its environment, with the propagators of `OTEL_PROPAGATORS`;
//! - starts a span under it;
//! - writes a line of JSON: the `trace`, `span` and `parent` ids; the `flags` in hexadecimal; the
//!   `state`; the `baggage`, with the value and the properties of each entry; and what it
//!   `received` of the variables that `PEER_WATCHES` names;
//! - injects the context of the span into a copy of its environment, and starts the next command
//!   with it.
//!
//! To add a language, write such a program, have `setup` set it up, and add a line to the table of
//! [`chain::languages`] and to the guide to languages.

mod chain;
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
    libtest_mimic::run(&Arguments::from_args(), traces::tests()).exit_code()
}
