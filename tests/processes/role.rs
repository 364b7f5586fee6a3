//! This program, started again in a role.

use std::env;
use std::process::{Command, Output};

use libtest_mimic::Failed;

/// What a process does in place of running the tests; it gets the argument of [`of`].
pub(crate) type Role = (&'static str, fn(&str));

const SWITCH: &str = "--in-the-role-of";

/// Plays the role that this process was started in, if it was started in one.
pub(crate) fn play(roles: &[Role]) -> bool {
    let mut arguments = env::args().skip(1);
    if arguments.next().as_deref() != Some(SWITCH) {
        return false;
    }
    let name = arguments.next().expect("a role");
    let argument = arguments.next().expect("an argument of the role");
    let (_, play) = roles.iter().find(|role| role.0 == name).expect("a known role");
    play(&argument);
    true
}

/// A command that starts this program in a role. It inherits the environment.
pub(crate) fn of(name: &str, argument: impl ToString) -> Command {
    let mut command = Command::new(env::current_exe().expect("the path of this program"));
    command.args([SWITCH, name, &argument.to_string()]);
    command
}

/// What the process writes to its standard output. It must succeed, and say nothing besides.
pub(crate) fn output(command: &mut Command) -> Result<String, Failed> {
    let Output { status, stdout, stderr } = command.output()?;
    let stderr = String::from_utf8_lossy(&stderr);
    if !status.success() || !stderr.is_empty() {
        return Err(format!("{command:?}: {status}\n{stderr}").into());
    }
    Ok(String::from_utf8(stdout)?)
}

/// A test's end: the two must be the same to the letter.
pub(crate) fn same(received: &str, expected: &str) -> Result<(), Failed> {
    if received == expected {
        return Ok(());
    }
    Err(format!("received:\n{received}\nexpected:\n{expected}").into())
}
