//! The examples, run as their readers run them.

mod collect;
#[path = "../../../../examples/process_tree/collector.rs"]
mod collector;
mod end_of_main;
#[cfg(unix)]
mod exec;
mod process_tree;
#[cfg(target_os = "linux")]
#[path = "../../../fixtures/programs.rs"]
mod programs;
mod run;
#[cfg(unix)]
mod running;
mod smaller;
#[allow(dead_code, reason = "a drawing has more of it")]
#[path = "../../../../examples/process_tree/span.rs"]
mod span;
mod spans;
#[allow(dead_code, reason = "a drawing has more of it")]
#[path = "../../../../examples/process_tree/tree.rs"]
mod tree;

use std::ffi::OsStr;
use std::process::Command;
use std::{env, fs};

/// The context that `without_sdk` injects, and that other programs are started in.
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// An example, built before.
fn example(name: &str) -> Command {
    let test = env::current_exe().unwrap();
    let examples = test.ancestors().nth(2).unwrap().join("examples");
    let path = examples.join(name.to_owned() + env::consts::EXE_SUFFIX);
    assert!(path.exists(), "{}: `cargo build --examples` first", path.display());
    program(path)
}

/// An example, run by the one that draws what it exports.
fn collect(name: &str) -> Command {
    let mut command = example("collect");
    command.arg(example(name).get_program());
    command
}

/// A program with just the variables that any program needs. It finds those of the folder `programs` first.
fn program(path: impl AsRef<OsStr>) -> Command {
    let programs = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");
    let separator = if cfg!(windows) { ";" } else { ":" };
    let mut command = Command::new(path);
    command.env_clear().env("PATH", [programs, &env::var("PATH").unwrap()].join(separator));
    #[cfg(windows)]
    command.env("SystemRoot", env::var_os("SystemRoot").unwrap());
    command
}

#[test]
fn the_page_of_the_examples_has_a_line_for_each() {
    let page = include_str!("../../../../examples/README.md");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let has_link = page.contains(&format!("`{name}`"));
        let has_command = page.contains(&format!("--example {name}"));
        assert!(name == "README" || (has_link && has_command), "{name}");
    }
}
