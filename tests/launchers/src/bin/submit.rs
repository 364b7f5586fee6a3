//! Submits a job, or runs another command, in a span: `submit sbatch job.sh`.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    launchers::submits::main()
}

#[cfg(not(unix))]
fn main() {}
