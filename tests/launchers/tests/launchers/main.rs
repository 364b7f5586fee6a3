//! What is between a parent and its child, and whether it forwards the context. The guide's page on
//! launchers has a row for each. What needs a daemon is tested with one that the test starts, and ends.
#![cfg(target_os = "linux")]

mod cluster;
mod commands;
#[allow(dead_code, reason = "shared with other test programs")]
#[path = "../../../fixtures/contexts.rs"]
mod contexts;
mod mpi;
mod privileges;
#[path = "../../../fixtures/programs.rs"]
mod programs;
mod slurm;
mod spans;
mod ssh;
mod tmux;
mod traces;

use std::env;
use std::path::Path;
use std::process::Command;

use opentelemetry_env_carrier::WithTraceContext as _;

use contexts::{ALL, Variables};
use programs::{is_there, or_skip};

/// The program that shows what arrived, quoted for a shell.
const CHILD: &str = concat!("'", env!("CARGO_BIN_EXE_show_context"), "'");
/// The guide's program for tasks and ranks, for where it is not found by its name.
const TASK: &str = concat!("'", env!("CARGO_BIN_EXE_task"), "'");

const FORWARDED: Variables = ALL.written;
const DROPPED: Variables = &[];

/// A test for each line: where it is typed, what of the context arrives, and what is typed.
macro_rules! launchers {
    ($($test:ident: $place:expr, $arrives:expr, $line:literal;)*) => {$(
        #[test]
        fn $test() {
            if let Some(place) = $place {
                crate::assert_arrives($arrives, &mut place.typed(&format!($line)));
            }
        }
    )*};
}
use launchers;

/// Where a launcher needs nothing but itself.
struct Here;

impl Here {
    fn typed(&self, line: &str) -> Command {
        typed(line)
    }
}

fn here(launcher: &str) -> Option<Here> {
    is_there(launcher).then_some(Here)
}

fn here_as_root(launcher: &str) -> Option<Here> {
    (is_there(launcher) && is_root()).then_some(Here)
}

/// What is typed, in an environment of just what is usual. The programs of this package are found by name.
fn typed(line: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).env_clear();
    for name in ["HOME", "USER", "CARGO_HOME", "RUSTUP_HOME"] {
        if let Some(value) = env::var_os(name) {
            shell.env(name, value);
        }
    }
    let scripts = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/programs"));
    let programs = Path::new(env!("CARGO_BIN_EXE_submit")).parent().unwrap();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = [scripts.into(), programs.into()].into_iter().chain(env::split_paths(&path));
    shell.env("PATH", env::join_paths(path).unwrap());
    shell
}

/// Whether the child that is spawned by what is typed receives just these variables of the context.
#[track_caller]
fn assert_arrives(expected: Variables, typed: &mut Command) {
    let shown = output(typed.with_trace_context_from(&(ALL.cx)()));
    assert_eq!(shown, shown_by_child(expected), "{typed:?}");
}

fn shown_by_child(variables: Variables) -> String {
    let lines = variables.iter().map(|(name, value)| format!("{name}={value}\n"));
    format!("received:\n{}", lines.collect::<String>())
}

/// What is written to standard output. It must succeed.
#[track_caller]
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stderr}", output.status);
    eprint!("{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn is_root() -> bool {
    or_skip(nix::unistd::geteuid().is_root(), "it takes root")
}
