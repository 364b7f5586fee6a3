//! A batch job: `job prepare train`.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    launchers::job::main()
}

#[cfg(not(unix))]
fn main() {}
