use std::process::{Command, ExitCode};
use std::{env, io};

use opentelemetry::KeyValue;
use opentelemetry_env_carrier::{InSpan as _, MainSpanBuilder};

use crate::signals::{self, Caught};
use crate::telemetry;

pub fn main() -> ExitCode {
    let caught = signals::catch().expect("these signals can be caught");
    let span = main_span().start();
    caught.end(span, run(&caught))
}

fn main_span() -> MainSpanBuilder<'static> {
    let mut span = telemetry::main_span("job");
    if let Ok(element) = env::var("SLURM_ARRAY_TASK_ID") {
        span = span.with_attributes([KeyValue::new("slurm.array_task_id", element)]);
    }
    // Set if the job was requeued. Then its submission may be long ago.
    if let Ok(restarts) = env::var("SLURM_RESTART_COUNT") {
        let restarts = KeyValue::new("slurm.restart_count", restarts);
        span = span.with_attributes([restarts]).with_linked_parent();
    }
    span
}

/// Each argument is the program of a step.
fn run(caught: &Caught) -> io::Result<ExitCode> {
    for program in env::args_os().skip(1) {
        let mut srun = Command::new("srun");
        let status = srun.arg("--export=ALL").arg(program).in_span().status()?;
        if !status.success() || caught.signal().is_some() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
