//! A batch job of two steps, each in a span.

use std::process::{Command, ExitCode};
use std::{env, io};

use opentelemetry::KeyValue;
use opentelemetry_env_carrier::{InSpan as _, MainSpan};

fn main() -> ExitCode {
    let provider = launchers::start_telemetry();
    let element = env::var("SLURM_ARRAY_TASK_ID").unwrap_or_default();
    let element = KeyValue::new("slurm.array_task", element);
    let span = MainSpan::builder().with_attributes([element]).start();
    let exit_code = span.end(run());
    let _ = provider.shutdown();
    exit_code
}

fn run() -> io::Result<ExitCode> {
    for _ in 0..2 {
        let status = Command::new("srun").arg("task").in_span().status()?;
        if !status.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
