//! A child through each builder: with the code of the page, or by setting a list of variables.

use std::error::Error;
use std::process::Command;
#[cfg(unix)]
use std::process::Stdio;

use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};

use super::page;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Method {
    Page,
    /// Looks right, but leaves stale variables.
    List,
}

/// Returns what a child writes that is spawned with the program and arguments of the command.
pub(super) type Spawn = fn(&Command, Method) -> Result<String, Box<dyn Error>>;

pub(super) type Builder = (&'static str, Spawn);

pub(super) const BUILDERS: &[Builder] = &[
    ("std", std),
    ("tokio", tokio),
    ("async-process", async_process),
    ("smol", smol),
    #[cfg(unix)]
    ("process-wrap", process_wrap),
    #[cfg(unix)]
    ("command-group", command_group),
    ("duct", duct),
    ("xshell", xshell),
    ("subprocess", subprocess),
    #[cfg(unix)]
    ("portable-pty", portable_pty),
];

fn list() -> Vec<(String, String)> {
    let mut list = Vec::new();
    list.with_trace_context();
    list
}

fn std(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(child.get_program());
    command.args(child.get_args());
    let command = match method {
        Method::Page => command.with_trace_context(),
        Method::List => command.envs(list()),
    };
    Ok(String::from_utf8(command.output()?.stdout)?)
}

fn tokio(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let mut command = tokio::process::Command::new(child.get_program());
    command.args(child.get_args());
    let command = match method {
        Method::Page => command.with_trace_context(),
        Method::List => command.envs(list()),
    };
    let output = tokio::runtime::Runtime::new()?.block_on(async { command.output().await })?;
    Ok(String::from_utf8(output.stdout)?)
}

fn async_process(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let mut command = async_process::Command::new(child.get_program());
    command.args(child.get_args());
    let command = match method {
        Method::Page => command.with_trace_context(),
        Method::List => command.envs(list()),
    };
    Ok(String::from_utf8(smol::block_on(command.output())?.stdout)?)
}

fn smol(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let mut command = smol::process::Command::new(child.get_program());
    // The same type, as the page says.
    let command: &mut async_process::Command = command.args(child.get_args());
    let command = match method {
        Method::Page => command.with_trace_context(),
        Method::List => command.envs(list()),
    };
    Ok(String::from_utf8(smol::block_on(command.output())?.stdout)?)
}

#[cfg(unix)]
fn process_wrap(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let mut command = process_wrap::std::CommandWrap::with_new(child.get_program(), |command| {
        command.args(child.get_args()).stdout(Stdio::piped());
    });
    match method {
        Method::Page => command.command_mut().with_trace_context(),
        Method::List => command.command_mut().envs(list()),
    };
    let child = command.wrap(process_wrap::std::ProcessGroup::leader()).spawn()?;
    Ok(String::from_utf8(child.wait_with_output()?.stdout)?)
}

#[cfg(unix)]
fn command_group(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    use command_group::CommandGroup as _;

    let mut command = Command::new(child.get_program());
    command.args(child.get_args()).stdout(Stdio::piped());
    let child = match method {
        Method::Page => command.with_trace_context().group_spawn(),
        Method::List => command.envs(list()).group_spawn(),
    };
    Ok(String::from_utf8(child?.wait_with_output()?.stdout)?)
}

fn duct(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let command = duct::cmd(child.get_program(), child.get_args());
    let command = match method {
        Method::Page => page::duct::with_trace_context(command),
        Method::List => {
            list().into_iter().fold(command, |command, (name, value)| command.env(name, value))
        }
    };
    Ok(command.read()?)
}

fn xshell(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let shell = xshell::Shell::new()?;
    let command = shell.cmd(child.get_program()).args(child.get_args());
    let command = match method {
        // The loop of the page, as for duct.
        Method::Page => {
            EnvChanges::current().into_iter().fold(command, |command, (name, value)| match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            })
        }
        Method::List => command.envs(list()),
    };
    Ok(command.read()?)
}

fn subprocess(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let arguments: Vec<_> = child.get_args().collect();
    let command = subprocess::Exec::cmd(child.get_program()).args(&arguments);
    let command = match method {
        // The loop of the page, as for duct.
        Method::Page => {
            EnvChanges::current().into_iter().fold(command, |command, (name, value)| match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            })
        }
        Method::List => command.env_extend(list()),
    };
    Ok(command.capture()?.stdout_str())
}

#[cfg(unix)]
fn portable_pty(child: &Command, method: Method) -> Result<String, Box<dyn Error>> {
    let mut command = portable_pty::CommandBuilder::new(child.get_program());
    command.args(child.get_args());
    let pty = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default())?;
    let mut child = match method {
        Method::Page => page::portable_pty::spawn(&*pty.slave, command)?.0,
        Method::List => {
            list().into_iter().for_each(|(name, value)| command.env(name, value));
            pty.slave.spawn_command(command)?
        }
    };
    // Reading ends when the last handle of the other side is closed.
    drop(pty.slave);
    let output = std::io::read_to_string(pty.master.try_clone_reader()?)?;
    child.wait()?;
    Ok(output.replace("\r\n", "\n"))
}
