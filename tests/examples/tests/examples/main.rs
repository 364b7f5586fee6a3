//! The examples, run as their readers run them.

mod collect;
#[path = "../../../../examples/process_tree/collector.rs"]
mod collector;
#[allow(dead_code, reason = "shared with other test programs")]
#[path = "../../../fixtures/contexts.rs"]
mod contexts;
mod drawn;
mod end_of_main;
#[cfg(unix)]
mod exec;
#[cfg(windows)]
mod exec_on_windows;
mod otel_parent;
mod process_tree;
#[cfg(unix)]
mod program;
#[allow(dead_code, reason = "a drawing has more of it")]
#[path = "../../../../examples/process_tree/span.rs"]
mod span;
mod spans;
mod tokio_children;
mod tracing;
#[allow(dead_code, reason = "a drawing has more of it")]
#[path = "../../../../examples/process_tree/tree.rs"]
mod tree;
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

/// The same, run by the example that draws what it exports.
fn collect(program: &Command) -> Command {
    let mut command = example("collect", &[]);
    command.arg(program.get_program());
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
