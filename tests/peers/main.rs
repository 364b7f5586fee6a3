//! Chains of processes in several languages, each with OpenTelemetry's own implementation.
//!
//! ```text
//! tests/peers/setup
//! cargo test --all-features --test peers
//! ```
//!
//! A peer is one small program. Its arguments are the command to start next, if any; so a chain is
//! the commands of its peers, one behind the other. It
//!
//! - extracts its context from its environment, with the propagators of `OTEL_PROPAGATORS`; with
//!   `PEER_FORGETS` set it starts with an empty one instead;
//! - starts a span under it;
//! - writes a line of JSON: the `trace`, `span` and `parent` ids, whether it is `sampled`, its
//!   `state`, the `baggage`, and what it `received` of the variables that `PEER_WATCHES` names;
//! - injects the context of the span into a copy of its environment, and starts the next command;
//! - with `--names KEY...` for arguments it prints the names of the variables for the keys instead.
//!
//! To add a language, write such a program, have `setup` install it, and add it to [`chain::Peer`].

mod chain;
mod differences;
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
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}
