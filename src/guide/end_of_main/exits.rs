use std::process;

use clap::Parser;

use crate::telemetry;

#[derive(Parser)]
struct Arguments {
    code: i32,
}

pub fn main() -> ! {
    let span = telemetry::main_span("exit").start();
    // Not `parse`, which exits by itself.
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            span.end_with_code(error.exit_code());
            error.exit();
        }
    };
    span.end_with_code(arguments.code);
    process::exit(arguments.code);
}
