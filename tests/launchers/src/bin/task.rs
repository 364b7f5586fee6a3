//! A task of a job step, or an MPI rank.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    launchers::task::main()
}

#[cfg(not(unix))]
fn main() {}
