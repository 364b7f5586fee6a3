//! Runs any program, and draws the trace that it and its children export: no backend is needed.
//!
//! ```text
//! cargo run --example collect -- target/debug/your-program
//! ```
//!
//! The exit code is that of the program, or 1 if it succeeded and a part of the trace is missing.

#[path = "process_tree/collector.rs"]
mod collector;
#[path = "process_tree/drawing.rs"]
mod drawing;
#[path = "process_tree/tree.rs"]
mod tree;

use std::process::{Command, exit};
use std::{env, io};

use opentelemetry_env_carrier::WithTraceContext as _;

use crate::collector::Collector;
use crate::tree::Tree;

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: collect PROGRAM [ARGUMENT]...");
        exit(2);
    };
    let collector = Collector::start()?;
    let mut command = Command::new(program);
    command.args(arguments).envs(collector.variables());
    // The trace begins in the program, so that all of it is seen here.
    let status = command.without_trace_context().status()?;
    let tree = Tree::new(collector.spans(), "");
    drawing::draw(&tree);
    match status.code() {
        Some(0) if tree.is_connected() => Ok(()),
        Some(code) if code != 0 => exit(code),
        _ => exit(1),
    }
}
