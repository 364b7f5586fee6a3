//! Spans of children that no `Command` of this crate spawned or waited for.

use std::io;

use libtest_mimic::Trial;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_env_carrier::{ChildSpan, InSpan as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;

use crate::fixtures::contexts::ALL;
use crate::fixtures::roles::{self, NO_VARIABLES, Test};
use crate::fixtures::subscriber::install_printer;

use super::exporters::{FAILED, HERE, PROGRAM, export_to_memory, only, shown};

pub(super) fn tests() -> Vec<Test> {
    let exited = format!("Client PROGRAM {HERE}: {PROGRAM} process.pid=CHILD {FAILED}\n");
    vec![
        #[cfg(unix)]
        test("a child in a PTY", spawn_in_a_pty, &exited),
        #[cfg(unix)]
        test("a child that waitpid waits for", wait_by_pid, &exited),
        test(
            "a child that is taken from its span",
            take_from_its_span,
            &exited.replace("CHILD", "CHILD verdict='flaky'"),
        ),
        test(
            "a child of a runner that fails",
            || {
                let span = ChildSpan::start("worker");
                span.end_with_error(&io::Error::from(io::ErrorKind::TimedOut));
                span.end_with_code(0); // the first end counts
                0
            },
            &format!(
                "Client worker {HERE}: process.executable.name='worker' error.type='TimedOut' \
                 Error {{ description: \"timed out\" }}\n"
            ),
        ),
        test(
            "a child of a runner that is cancelled",
            || {
                let span = ChildSpan::builder(WORKER).with_arguments(["--fast"]);
                let span = span.with_expected_codes([1]).start();
                span.set_pid(7);
                span.ignore_failure();
                span.end_with_code(143);
                7
            },
            &format!(
                "Client worker {HERE}: process.executable.name='worker' \
                 process.executable.path='{WORKER}' \
                 process.command_args=[\"{WORKER}\",\"--fast\"] \
                 process.pid=CHILD process.exit.code=143 Unset\n"
            ),
        ),
        test(
            "a child of a runner that forgets it",
            || {
                let pid = KeyValue::new("process.pid", "unknown");
                drop(ChildSpan::builder("worker").with_attributes([pid]).start());
                0
            },
            &format!(
                "Client worker {HERE}: \
                 process.pid='unknown' process.executable.name='worker' Unset\n"
            ),
        ),
        Trial::test("that there is no span or no parent is logged at DEBUG", || {
            let events = roles::output(roles::command("logs its spans", "").env_clear())?;
            let ours =
                events.lines().filter(|line| line.starts_with("DEBUG opentelemetry_env_carrier: "));
            let names = ours.map(|line| line.split("name=").nth(1).unwrap_or(line));
            let expected = [r#""EnvCarrier.NoSpan""#, r#""EnvCarrier.NoParentSpan""#];
            assert_eq!(names.collect::<Vec<_>>(), expected, "{events}");
            Ok(())
        })
        .into(),
    ]
}

const WORKER: &str = if cfg!(windows) { "C:/worker" } else { "/usr/bin/worker" };

/// `spawn` returns the child's process id.
fn test(name: &str, spawn: fn() -> u32, span: &str) -> Test {
    let play = move || {
        let exporter = export_to_memory();
        let _current = (ALL.cx)().attach();
        let pid = format!("process.pid={} ", spawn());
        print!("{}", shown(&only(&exporter)).replace(&pid, "process.pid=CHILD "));
    };
    roles::test(format!("{name} has a span"), NO_VARIABLES, play, span)
}

fn take_from_its_span() -> u32 {
    let child = roles::command("exits with", 3).in_span().spawn().unwrap();
    let (mut child, span) = child.into_parts();
    let status = child.wait().unwrap();
    span.context().span().set_attribute(KeyValue::new("verdict", "flaky"));
    span.end_with_status(status);
    child.id()
}

#[cfg(unix)]
fn wait_by_pid() -> u32 {
    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::unistd::Pid;

    let (child, span) = roles::command("exits with", 3).in_span().spawn().unwrap().into_parts();
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    let Ok(WaitStatus::Exited(_, code)) = waitpid(pid, None) else { panic!("it exits") };
    span.end_with_code(code);
    child.id()
}

#[cfg(unix)]
fn spawn_in_a_pty() -> u32 {
    use opentelemetry_env_carrier::EnvChanges;
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    let child = roles::command("shows its parent and exits with", 3);
    let span = ChildSpan::builder(child.get_program()).start();
    let mut command = CommandBuilder::new(child.get_program());
    command.args(child.get_args());
    for (name, value) in EnvChanges::from_context(span.context()) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut child = pty.slave.spawn_command(command).unwrap();
    let pid = child.process_id().unwrap();
    span.set_pid(pid);
    drop(pty.slave);
    let mut written = String::new();
    // The end of a PTY is an error on Linux.
    _ = io::Read::read_to_string(&mut pty.master.try_clone_reader().unwrap(), &mut written);
    let id = span.context().span().span_context().span_id().to_string();
    assert!(written.contains(&id), "{written}");
    span.end_with_code(i32::try_from(child.wait().unwrap().exit_code()).unwrap());
    pid
}

pub(super) fn log_spans() {
    install_printer(LevelFilter::TRACE);
    drop(ChildSpan::start("without a provider"));
    global::set_tracer_provider(SdkTracerProvider::default());
    drop(ChildSpan::start("without a parent"));
    drop(ChildSpan::builder("with one").with_parent(&(ALL.cx)()).start());
}
