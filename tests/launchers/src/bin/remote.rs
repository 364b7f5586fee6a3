//! Runs a command through another program, in a span: `remote ssh COMMAND`.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use std::env;
    use std::process::ExitCode;

    use launchers::{by_name, shell, telemetry};

    let span = telemetry::main_span("remote").start();
    let [_, way, command] = env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let status = match &*way {
        "docker" => by_name::docker_run(&command),
        "ssh" => by_name::ssh("server", &command),
        "ssh-with-values" => shell::ssh("server", &command),
        "sudo" => by_name::sudo(&command),
        way => panic!("nothing runs a command in this way: {way:?}"),
    };
    span.end(
        status.map(|status| if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
    )
}

#[cfg(not(unix))]
fn main() {}
