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
mod without_sdk;

use std::process::Command;
use std::{env, fs};

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

#[test]
fn the_page_of_the_examples_has_a_line_for_each() {
    let page = include_str!("../../../../examples/README.md");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name != "README" {
            assert!(page.contains(&format!("`{name}`")), "{name} has a link");
            assert!(page.contains(&format!("--example {name}")), "{name} has a command");
        }
    }
}
