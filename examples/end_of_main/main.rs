//! The ways out of `main` that the guide's page on it shows, for a test that looks at what is exported.
//!
//! ```text
//! cargo run --example collect -- target/debug/examples/end_of_main exit
//! ```

#[path = "../process_tree/telemetry.rs"]
mod telemetry;
mod tokio_main;
#[cfg(unix)]
mod unix;

use std::error::Error;
use std::process::{self, ExitCode};
use std::{env, io};

use clap::Parser;
use opentelemetry::global;
use opentelemetry::trace::{Link, Span as _, TraceContextExt as _, Tracer as _};
use opentelemetry_env_carrier::{MainSpan, extract_parent_context};

use crate::telemetry::Telemetry;

fn main() -> ExitCode {
    match &*env::args().nth(1).unwrap_or_default() {
        "exit" => exit(),
        "arguments" => arguments(),
        "server" => server(),
        "tokio" => tokio_main::main(),
        #[cfg(unix)]
        "exec" => unix::exec(),
        #[cfg(unix)]
        "signal" => unix::signal(),
        how => returns(how),
    }
}

fn returns(how: &str) -> ExitCode {
    let _telemetry = Telemetry::start("end_of_main"); // declared first, so dropped last
    let span = MainSpan::start();
    span.end(run(how))
}

fn run(how: &str) -> Result<(), Box<dyn Error>> {
    match how {
        "fail" => Err(io::Error::other("this failed").into()),
        "panic" => panic!("this panicked"),
        _ => Ok(()),
    }
}

fn exit() -> ! {
    let telemetry = Telemetry::start("end_of_main");
    let span = MainSpan::start();
    span.end_with_code(3);
    drop(telemetry);
    process::exit(3);
}

#[derive(Parser)]
struct Arguments {
    number: u32,
}

fn arguments() -> ExitCode {
    let telemetry = Telemetry::start("end_of_main");
    let span = MainSpan::start();
    match Arguments::try_parse_from(env::args().skip(1)) {
        Ok(arguments) => {
            println!("{}", arguments.number);
            span.end(ExitCode::SUCCESS)
        }
        Err(error) => {
            span.end_with_code(error.exit_code());
            drop(telemetry);
            error.exit();
        }
    }
}

fn server() -> ExitCode {
    let _telemetry = Telemetry::start("end_of_main");
    let starter = extract_parent_context().span().span_context().clone();
    let links = starter.is_valid().then(|| Link::with_context(starter)).into_iter().collect();
    let tracer = global::tracer("server");
    tracer.span_builder("start").with_links(links).start(&tracer).end();
    ExitCode::SUCCESS
}
