//! A child through each builder receives exactly the current span, in place of stale variables. If there is nothing
//! to inject, it receives what it would have received anyway.

use std::process::Command;

use opentelemetry::Context;
use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};

use super::page;
use crate::child::child;
use crate::fixtures::contexts::*;
use crate::fixtures::process::*;
use crate::fixtures::shown::lines;

#[test]
fn a_command_of_tokio_carries_the_context() {
    receives_the_context(|child| {
        let mut command = tokio::process::Command::from(child);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async { command.with_trace_context().status().await }).unwrap();
    });
}

#[test]
fn a_command_of_async_process_which_is_that_of_smol_carries_the_context() {
    receives_the_context(|child| {
        let mut command: async_process::Command = smol::process::Command::from(child);
        smol::block_on(command.with_trace_context().status()).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn process_wrap_carries_the_context() {
    use process_wrap::std::{CommandWrap, ProcessGroup};

    receives_the_context(|child| {
        let mut command = CommandWrap::from(child);
        command.command_mut().with_trace_context();
        command.wrap(ProcessGroup::leader()).spawn().unwrap().wait().unwrap();
    });
}

#[cfg(unix)]
#[test]
fn command_group_carries_the_context() {
    use command_group::CommandGroup as _;

    receives_the_context(|mut child| {
        child.with_trace_context().group_spawn().unwrap().wait().unwrap();
    });
}

#[test]
fn duct_carries_the_context() {
    receives_the_context(|child| {
        let command = duct::cmd(child.get_program(), child.get_args());
        page::duct::with_trace_context(command).run().unwrap();
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
        command.quiet().run().unwrap();
    });
}

#[test]
fn subprocess_carries_the_context() {
    receives_the_context(|child| {
        let mut command = subprocess::Exec::cmd(child.get_program()).args(child.get_args());
        for (name, value) in EnvChanges::from_current_context() {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.join().unwrap();
    });
}

#[cfg(unix)]
#[test]
fn portable_pty_carries_the_context_of_a_span_of_its_own() {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use crate::spans::exported::{CHILD, FIRST_SPAN, SUCCEEDED, Spans};

    // It sets `SHELL` if that is unset.
    let inherited = [STALE, &[("SHELL", "/bin/sh")]].concat();
    let received = format!("SHELL=/bin/sh\nTRACEPARENT=00-{TRACE_ID}-{FIRST_SPAN}-01\n");
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
    for case in super::cases() {
        let received = lines(case.written.iter().copied().collect());
        in_process(NO_VARIABLES, &received, || {
            let child = child("show-environment");
            let line = format!(r#"env -i {}"$@""#, page::shell::assignments(&(case.cx)()));
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", &line, "sh"]).arg(child.get_program()).args(child.get_args());
            assert!(shell.status().unwrap().success());
        });
    }
}

/// `spawn` spawns the program with the arguments of the command.
#[track_caller]
fn receives_the_context(spawn: fn(Command)) {
    let other = ("OTHER", "stays as it is");
    let cases: [(Context, Variables); 2] =
        [(with_span(""), &[("TRACEPARENT", TRACEPARENT)]), (Context::new(), STALE)];
    for (current, received) in cases {
        let received = lines(received.iter().copied().chain([other]).collect());
        in_process(STALE.iter().copied().chain([other]), &received, || {
            let _current = current.attach();
            spawn(child("show-environment"));
        });
    }
}
