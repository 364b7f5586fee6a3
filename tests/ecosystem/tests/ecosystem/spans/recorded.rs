//! What the span of a command records: with each option, and for each end.

use std::process::Command;

use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::{CommandInSpan, InSpan as _};

use crate::fixtures::contexts::{STALE, with_numbered_span};
use crate::fixtures::roles::{self, Test};

use super::exporters::{FAILED, FIRST, HERE, PROGRAM, SUCCEEDED};
use super::operations::{print_span_and_compare, seen};

pub(super) type Options = for<'a> fn(CommandInSpan<'a, Command>) -> CommandInSpan<'a, Command>;

/// Prints the span.
fn record(command: impl Fn() -> Command, options: Options) {
    print_span_and_compare(|in_span| {
        let mut command = command();
        let status = match in_span {
            true => options(command.in_span()).status(),
            false => command.status(),
        };
        seen(None, status?)
    });
}

fn test(name: &str, play: fn(), spans: String) -> Test {
    roles::test(format!("the span of a command records {name}"), STALE.iter().copied(), play, spans)
}

pub(super) fn tests() -> Vec<Test> {
    let succeeded = format!("process.pid=CHILD {SUCCEEDED}");
    // The ids of `with_numbered_span(7)`.
    let under_7 = format!("{FIRST} in {:032x} under {:016x}", 8, 8);
    let new = format!("{FIRST} in feedfeedfeedfeedfeedfeedfeedfeed under 0000000000000000");
    let lossy = if cfg!(windows) { "S\u{FFFD}" } else { "SECRET\u{FFFD}" };
    let arguments = format!("[\"PATH\",\"--in-the-role-of\",\"exits with\",\"0\",\"{lossy}\"]");
    let arguments = format!("process.command_args={arguments}");
    let not_named = if cfg!(windows) { "InvalidInput" } else { "NotFound" };
    let no_directory = if cfg!(windows) { "NotADirectory" } else { "NotFound" };
    vec![
        test(
            "an error, unless the exit code is expected",
            || {
                let command = || roles::command("exits with", 3);
                record(command, |command| command.with_expected_codes([1, 2]));
                record(command, |command| command.with_expected_codes([1, 3]));
            },
            format!(
                "Client PROGRAM {HERE}: {PROGRAM} process.pid=CHILD {FAILED}\n\
                 Client PROGRAM {HERE}: {PROGRAM} process.pid=CHILD process.exit.code=3 Unset\n"
            ),
        ),
        test(
            "its name",
            || record(exits_with_0, |command| command.with_name("a name")),
            format!("Client a name {HERE}: {PROGRAM} {succeeded}\n"),
        ),
        test(
            "attributes, which may replace ours",
            || {
                record(exits_with_0, |command| {
                    let command = command.with_attributes([KeyValue::new("first", "1")]);
                    command.with_attributes([KeyValue::new("second", "2")])
                });
                record(exits_with_0, |command| {
                    command.with_attributes([
                        KeyValue::new("process.executable.name", "ours"),
                        KeyValue::new("process.executable.path", "/ours"),
                    ])
                });
            },
            format!(
                "Client PROGRAM {HERE}: first='1' second='2' {PROGRAM} {succeeded}\n\
                 Client PROGRAM {HERE}: process.executable.name='ours' \
                 process.executable.path='/ours' {succeeded}\n"
            ),
        ),
        test(
            "its parent",
            || {
                record(exits_with_0, |command| command.with_parent(&with_numbered_span(7)));
                record(exits_with_0, |command| command.with_parent(&Context::new()));
            },
            format!(
                "Client PROGRAM {under_7}: {PROGRAM} {succeeded}\n\
                 Client PROGRAM {new}: {PROGRAM} {succeeded}\n"
            ),
        ),
        test(
            "arguments, if it is asked to",
            || {
                record(with_an_argument_that_is_not_unicode, |command| command);
                record(with_an_argument_that_is_not_unicode, |command| command.with_arguments());
            },
            format!(
                "Client PROGRAM {HERE}: {PROGRAM} {succeeded}\n\
                 Client PROGRAM {HERE}: {PROGRAM} {arguments} {succeeded}\n"
            ),
        ),
        test(
            "all options",
            || {
                record(with_an_argument_that_is_not_unicode, |command| {
                    let command = command.without_trace_context().with_arguments();
                    let command = command.with_attributes([KeyValue::new("first", "1")]);
                    command.with_name("a name").with_parent(&with_numbered_span(7))
                });
            },
            format!("Client a name {under_7}: first='1' {PROGRAM} {arguments} {succeeded}\n"),
        ),
        test(
            "that the child cannot be spawned",
            || {
                record(|| Command::new(""), |command| command);
                record(in_no_directory, |command| command);
                record(|| roles::command("exits with", "0\0"), |command| command);
            },
            format!(
                "Client  {HERE}: process.executable.name='' error.type='{not_named}' DESCRIPTION\n\
                 Client PROGRAM {HERE}: {PROGRAM} error.type='{no_directory}' DESCRIPTION\n\
                 Client PROGRAM {HERE}: {PROGRAM} error.type='InvalidInput' DESCRIPTION\n"
            ),
        ),
        #[cfg(unix)]
        test(
            "that the program cannot be executed",
            || record(|| Command::new(NOT_EXECUTABLE), |command| command),
            format!(
                "Client Cargo.toml {HERE}: process.executable.name='Cargo.toml' \
                 process.executable.path='{NOT_EXECUTABLE}' error.type='PermissionDenied' DESCRIPTION\n"
            ),
        ),
        #[cfg(target_os = "linux")]
        test(
            "that a script does not name its interpreter",
            || record(script_without_interpreter, |command| command),
            format!(
                "Client script {HERE}: process.executable.name='script' \
                 process.executable.path='{SCRIPT}' error.type='_OTHER' DESCRIPTION\n"
            ),
        ),
        #[cfg(unix)]
        test(
            "signals by their common names",
            || {
                record(|| ended_by("TERM"), |command| command);
                record(|| ended_by("KILL"), |command| command);
            },
            format!(
                "Client sh {HERE}: {SH} process.exit.code=143 error.type='SIGTERM' Error\n\
                 Client sh {HERE}: {SH} process.exit.code=137 error.type='SIGKILL' Error\n"
            ),
        ),
        #[cfg(target_os = "linux")]
        test(
            "other signals by the exit code of a shell",
            || record(|| ended_by("40"), |command| command),
            format!("Client sh {HERE}: {SH} process.exit.code=168 error.type='168' Error\n"),
        ),
        #[cfg(target_os = "linux")]
        libtest_mimic::Trial::test("the span of a command records that a wait fails", || {
            // A process that ignores `SIGCHLD` cannot wait for its children: the system forgets them.
            let process = roles::command("cannot wait", "");
            let mut env = Command::new("env");
            env.arg("--ignore-signal=CHLD").arg(process.get_program());
            roles::same(&roles::output(env.args(process.get_args()))?, "")
        })
        .into(),
    ]
}

fn exits_with_0() -> Command {
    roles::command("exits with", 0)
}

fn with_an_argument_that_is_not_unicode() -> Command {
    let mut command = exits_with_0();
    command.arg(roles::not_unicode());
    command
}

fn in_no_directory() -> Command {
    let mut command = exits_with_0();
    command.current_dir("no/such/directory");
    command
}

#[cfg(unix)]
const NOT_EXECUTABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

#[cfg(unix)]
const SH: &str = "process.executable.name='sh' process.executable.path='/bin/sh' process.pid=CHILD";

#[cfg(unix)]
fn ended_by(signal: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "kill -$0 $$", signal]);
    command
}

#[cfg(target_os = "linux")]
const SCRIPT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/script");

/// It is executable, but not by the system itself.
#[cfg(target_os = "linux")]
fn script_without_interpreter() -> Command {
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;
    write(SCRIPT, "true\n").unwrap();
    set_permissions(SCRIPT, Permissions::from_mode(0o755)).unwrap();
    Command::new(SCRIPT)
}

/// Only with std: for commands of its own, the runtime of tokio would no longer ignore the signal.
#[cfg(target_os = "linux")]
pub(super) fn cannot_wait() {
    use super::exporters::{attribute, export_to_memory, only};
    use super::std_commands::STD;
    let exporter = export_to_memory();
    for operation in [STD.status, STD.output, STD.wait, STD.wait_with_output] {
        exporter.reset();
        let error = (operation.run)(roles::command("exits with", 0), [None, None, None], true)
            .err()
            .expect("an error");
        let span = only(&exporter);
        assert_eq!(span.status, opentelemetry::trace::Status::error(error.to_string()));
        assert!(attribute(&span, "error.type").is_some());
        assert_eq!(attribute(&span, "process.exit.code"), None);
    }
}
