//! A child for tests. It does what its arguments say, one after the other: `child read exit 3`.

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../../../fixtures/contexts.rs"]
mod contexts;
#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../../../fixtures/shown.rs"]
mod shown;

use std::io::Write as _;
use std::process::exit;
use std::{env, io};

use opentelemetry_env_carrier::extract_parent_context;

fn main() {
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "exit" => exit(arguments.next().unwrap().parse().unwrap()),
            "read" => _ = io::copy(&mut io::stdin(), &mut io::sink()).unwrap(),
            "show-environment" => shown::show_environment(),
            "show-parent" => println!("{}", contexts::shown(&extract_parent_context())),
            "write" => {
                print!("output");
                eprint!("error");
            }
            "write-a-megabyte" => {
                // Perhaps nobody reads it.
                let written = io::stdout().write_all(&[b'.'; 1 << 20]);
                exit(if written.is_ok() { 0 } else { 4 });
            }
            other => panic!("an argument: {other}"),
        }
    }
}
