//! The examples, run as their readers run them.

mod collector;
#[allow(dead_code, reason = "shared with other test programs")]
#[path = "../../../fixtures/contexts.rs"]
mod contexts;
mod end_of_main;
#[cfg(unix)]
mod exec;
#[cfg(windows)]
mod exec_on_windows;
mod otel_parent;
mod process_tree;
mod tracing;

use std::env;
use std::process::Command;

/// An example with just these variables, and what any program needs to be found and to run.
fn example(name: &str, variables: &[(&str, &str)]) -> Command {
    let test = env::current_exe().unwrap();
    let examples = test.ancestors().nth(2).unwrap().join("examples");
    let program = examples.join(name.to_owned() + env::consts::EXE_SUFFIX);
    assert!(program.exists(), "{}: `cargo build --examples` first", program.display());
    let mut command = Command::new(program);
    command.env_clear().envs(variables.iter().copied());
    command.envs(["PATH", "SystemRoot"].iter().filter_map(|name| Some((name, env::var_os(name)?))));
    command
}
