//! Runs any program, and draws the trace that it and its children export: no backend is needed.
//!
//! ```text
//! cargo run --example collect -- target/debug/your-program
//! ```
//!
//! Ctrl-C ends the program, and what it exported is drawn. The exit code is that of the program, or 1 if a
//! signal ended it, or if it succeeded and a part of the trace is missing.

#[path = "process_tree/collector.rs"]
mod collector;
#[path = "process_tree/drawing.rs"]
mod drawing;
#[path = "process_tree/span.rs"]
mod span;
#[path = "process_tree/tree.rs"]
mod tree;

use std::process::{Command, exit};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{env, io};

use opentelemetry_env_carrier::WithTraceContext as _;
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::collector::Collector;
use crate::span::Span;
use crate::tree::Tree;

const NO_SPANS: &str = "\
No span was received. The usual causes:
- There is no tracer provider, or it is not the global one: `global::set_tracer_provider`.
- It is not shut down before the program ends. `process::exit` skips destructors.
- It exports over gRPC, or JSON. Only protobuf over HTTP is received here: `with_http()`.
- Its endpoint is set in the code, and not by the environment.
- It exports only if some other variable is set.
- The trace is not sampled.";

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: collect PROGRAM [ARGUMENT]...");
        exit(2);
    };
    let collector = Collector::start()?;
    let mut command = Command::new(&program);
    command.args(arguments).envs(collector.variables());
    // The collector does not decompress.
    command.env_remove("OTEL_EXPORTER_OTLP_COMPRESSION");
    command.env_remove("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION");
    // So that Ctrl-C ends the program, and not this one.
    flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
    // The trace begins in the program, so that all of it is seen here.
    let status = match command.without_trace_context().status() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("collect: {}: {error}", program.to_string_lossy());
            exit(127);
        }
    };
    let is_complete = match Tree::new(Span::all(collector.received()), "") {
        Some(tree) => {
            drawing::draw(&tree);
            tree.is_connected()
        }
        None => {
            eprintln!("{NO_SPANS}");
            false
        }
    };
    match status.code() {
        Some(0) if is_complete => Ok(()),
        Some(code) if code != 0 => exit(code),
        _ => exit(1),
    }
}
