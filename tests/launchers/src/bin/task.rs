//! A task of a job step, or an MPI rank. `task wait` runs until it is told to end.

use std::fs::File;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, io, thread};

use opentelemetry::KeyValue;
use opentelemetry_env_carrier::MainSpan;
use signal_hook::consts::SIGTERM;

fn main() -> ExitCode {
    let provider = launchers::start_telemetry();
    let rank = env::var("SLURM_PROCID").or_else(|_| env::var("OMPI_COMM_WORLD_RANK"));
    let rank = KeyValue::new("rank", rank.unwrap_or_default());
    let span = MainSpan::builder().with_attributes([rank]).start();
    let exit_code = span.end(run());
    let _ = provider.shutdown();
    exit_code
}

fn run() -> io::Result<ExitCode> {
    if env::args().nth(1).as_deref() == Some("wait") {
        wait_for_the_signal()?;
        return Ok(ExitCode::from(143));
    }
    Ok(ExitCode::SUCCESS)
}

/// Not for ever, so that nothing is left behind by a test that fails.
fn wait_for_the_signal() -> io::Result<()> {
    let is_told_to_end = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGTERM, Arc::clone(&is_told_to_end))?;
    File::create("waiting")?;
    for _ in 0..6_000 {
        if is_told_to_end.load(Ordering::Relaxed) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(io::ErrorKind::TimedOut.into())
}
