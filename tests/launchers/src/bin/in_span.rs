//! Runs a command in a span, within one of its own: `in_span sbatch --array=0-1 job.sh`.

use std::process::{Command, ExitCode};
use std::{env, io};

use opentelemetry_env_carrier::{InSpan as _, MainSpan};

fn main() -> ExitCode {
    let provider = launchers::start_telemetry();
    let span = MainSpan::start();
    let exit_code = span.end(run());
    let _ = provider.shutdown();
    exit_code
}

fn run() -> io::Result<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let program = arguments.next().ok_or(io::ErrorKind::InvalidInput)?;
    let status = Command::new(program).args(arguments).in_span().status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
