//! A child through each builder receives exactly the current span, in place of stale variables. If there is nothing
//! to inject, it receives what it would have received anyway.

use std::process::Command;
#[cfg(unix)]
use std::process::Stdio;

use opentelemetry::Context;
use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};

#[cfg(unix)]
use super::cases;
use super::page;
use crate::child::child;
#[cfg(unix)]
use crate::fixtures::contexts::TRACE_ID;
use crate::fixtures::contexts::{STALE, TRACEPARENT, Variables, with_numbered_span, with_span};
use crate::fixtures::process::in_process;
#[cfg(unix)]
use crate::fixtures::process::{NO_VARIABLES, output};
use crate::fixtures::shown::lines;
#[cfg(unix)]
use crate::spans::exported::{CHILD, SUCCEEDED, Spans};

#[test]
fn a_command_of_tokio_carries_the_context() {
    receives_the_context(|child| {
        let mut command = tokio::process::Command::from(child);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let output = runtime.block_on(async { command.with_trace_context().output().await });
        String::from_utf8(output.unwrap().stdout).unwrap()
    });
}

#[test]
fn a_command_of_async_process_carries_the_context() {
    receives_the_context(|child| {
        let mut command = async_process::Command::from(child);
        let output = smol::block_on(command.with_trace_context().output());
        String::from_utf8(output.unwrap().stdout).unwrap()
    });
}

#[test]
fn a_command_of_smol_carries_the_context() {
    receives_the_context(|child| {
        let mut command = smol::process::Command::from(child);
        // The same type, as the page says.
        let command: &mut async_process::Command = &mut command;
        let output = smol::block_on(command.with_trace_context().output());
        String::from_utf8(output.unwrap().stdout).unwrap()
    });
}

#[cfg(unix)]
#[test]
fn process_wrap_carries_the_context() {
    use process_wrap::std::{CommandWrap, ProcessGroup};

    receives_the_context(|mut child| {
        child.stdout(Stdio::piped());
        let mut command = CommandWrap::from(child);
        command.command_mut().with_trace_context();
        let child = command.wrap(ProcessGroup::leader()).spawn().unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    });
}

#[cfg(unix)]
#[test]
fn command_group_carries_the_context() {
    use command_group::CommandGroup as _;

    receives_the_context(|mut child| {
        let child = child.stdout(Stdio::piped()).with_trace_context().group_spawn().unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    });
}

#[test]
fn duct_carries_the_context() {
    receives_the_context(|child| {
        let command = duct::cmd(child.get_program(), child.get_args());
        page::duct::with_trace_context(command).read().unwrap()
    });
}

#[test]
fn duct_keeps_the_first_of_two_contexts() {
    in_process(STALE.iter().copied(), &format!("TRACEPARENT={TRACEPARENT}\n"), || {
        let child = child("show-environment");
        let mut command = duct::cmd(child.get_program(), child.get_args());
        for cx in [with_span(""), with_numbered_span(7)] {
            let _current = cx.attach();
            command = page::duct::with_trace_context(command);
        }
        command.run().unwrap();
    });
}

/// With the loop of the page, as for duct.
#[test]
fn xshell_carries_the_context() {
    receives_the_context(|child| {
        let shell = xshell::Shell::new().unwrap();
        let mut command = shell.cmd(child.get_program()).args(child.get_args());
        for (name, value) in EnvChanges::from_current_context() {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.read().unwrap()
    });
}

/// With the loop of the page, as for duct.
#[test]
fn subprocess_carries_the_context() {
    receives_the_context(|child| {
        let arguments: Vec<_> = child.get_args().collect();
        let mut command = subprocess::Exec::cmd(child.get_program()).args(&arguments);
        for (name, value) in EnvChanges::from_current_context() {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.capture().unwrap().stdout_str()
    });
}

#[cfg(unix)]
#[test]
fn portable_pty_carries_the_context_of_a_span_of_its_own() {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    // It sets `SHELL` if that is unset.
    let inherited = STALE.iter().copied().chain([("SHELL", "/bin/sh")]);
    let received = format!("SHELL=/bin/sh\nTRACEPARENT=00-{TRACE_ID}-feed000000000001-01\n");
    in_process(inherited, &received, || {
        let spans = Spans::of_this_process();
        let _current = with_span("").attach();
        let child = child("show-environment");
        let mut command = CommandBuilder::new(child.get_program());
        command.args(child.get_args());
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let (mut child, span) = page::portable_pty::spawn(&*pty.slave, command).unwrap();
        // Reading ends when the last handle of the other side is closed.
        drop(pty.slave);
        let written = std::io::read_to_string(pty.master.try_clone_reader().unwrap()).unwrap();
        print!("{}", written.replace("\r\n", "\n"));
        span.end_with_code(child.wait().unwrap().exit_code().try_into().unwrap());
        assert_eq!(spans.shown(), [format!("{CHILD} {SUCCEEDED}")]);
    });
}

/// A shell adds variables of its own, and `env -i` drops them.
#[cfg(unix)]
#[test]
fn a_line_for_a_shell_carries_the_context() {
    in_process(NO_VARIABLES, "", || {
        for case in cases() {
            let child = child("show-environment");
            let line = format!(r#"env -i {}"$@""#, page::shell::assignments(&(case.cx)()));
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", &line, "sh"]).arg(child.get_program()).args(child.get_args());
            let expected = lines(case.written.iter().copied().collect());
            assert_eq!(output(&mut shell), expected, "{}", case.name);
        }
    });
}

/// `spawn` spawns the program with the arguments of the command, and returns what it writes.
#[track_caller]
fn receives_the_context(spawn: fn(Command) -> String) {
    let other = ("OTHER", "stays as it is");
    let cases: [(Context, Variables); 2] =
        [(with_span(""), &[("TRACEPARENT", TRACEPARENT)]), (Context::new(), STALE)];
    for (current, received) in cases {
        let received = lines(received.iter().copied().chain([other]).collect());
        in_process(STALE.iter().copied().chain([other]), &received, || {
            let _current = current.attach();
            // Some builders trim it.
            println!("{}", spawn(child("show-environment")).trim_end());
        });
    }
}
