use std::env;
use std::error::Error;
use std::process::ExitCode;

use crate::telemetry;

pub fn main() -> ExitCode {
    let span = telemetry::main_span("divide").start();
    span.end(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let number: u32 = env::args().nth(1).ok_or("no number")?.parse()?;
    println!("{}", 100 / number);
    Ok(())
}
