//! A task that takes as long as there is input, and ends its span if it is cancelled.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    launchers::computes::main()
}

#[cfg(not(unix))]
fn main() {}
