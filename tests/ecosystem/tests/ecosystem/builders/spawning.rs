//! A child through each builder, with the code of the page.

use std::error::Error;
use std::process::Command;
#[cfg(unix)]
use std::process::Stdio;

use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};

use super::page;

/// Returns what a child writes that is spawned with the program and arguments of the command.
pub(super) type Spawn = fn(&Command) -> Result<String, Box<dyn Error>>;

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

fn std(child: &Command) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(child.get_program());
    command.args(child.get_args());
    Ok(String::from_utf8(command.with_trace_context().output()?.stdout)?)
}

fn tokio(child: &Command) -> Result<String, Box<dyn Error>> {
    let mut command = tokio::process::Command::new(child.get_program());
    command.args(child.get_args());
    let runtime = tokio::runtime::Runtime::new()?;
    let output = runtime.block_on(async { command.with_trace_context().output().await })?;
    Ok(String::from_utf8(output.stdout)?)
}

fn async_process(child: &Command) -> Result<String, Box<dyn Error>> {
    let mut command = async_process::Command::new(child.get_program());
    command.args(child.get_args());
    Ok(String::from_utf8(smol::block_on(command.with_trace_context().output())?.stdout)?)
}

fn smol(child: &Command) -> Result<String, Box<dyn Error>> {
    let mut command = smol::process::Command::new(child.get_program());
    // The same type, as the page says.
    let command: &mut async_process::Command = command.args(child.get_args());
    Ok(String::from_utf8(smol::block_on(command.with_trace_context().output())?.stdout)?)
}

#[cfg(unix)]
fn process_wrap(child: &Command) -> Result<String, Box<dyn Error>> {
    let mut command = process_wrap::std::CommandWrap::with_new(child.get_program(), |command| {
        command.args(child.get_args()).stdout(Stdio::piped());
    });
    command.command_mut().with_trace_context();
    let child = command.wrap(process_wrap::std::ProcessGroup::leader()).spawn()?;
    Ok(String::from_utf8(child.wait_with_output()?.stdout)?)
}

#[cfg(unix)]
fn command_group(child: &Command) -> Result<String, Box<dyn Error>> {
    use command_group::CommandGroup as _;

    let mut command = Command::new(child.get_program());
    command.args(child.get_args()).stdout(Stdio::piped());
    let child = command.with_trace_context().group_spawn()?;
    Ok(String::from_utf8(child.wait_with_output()?.stdout)?)
}

fn duct(child: &Command) -> Result<String, Box<dyn Error>> {
    let command = duct::cmd(child.get_program(), child.get_args());
    Ok(page::duct::with_trace_context(command).read()?)
}

fn xshell(child: &Command) -> Result<String, Box<dyn Error>> {
    let shell = xshell::Shell::new()?;
    let command = shell.cmd(child.get_program()).args(child.get_args());
    // The loop of the page, as for duct.
    let changes = EnvChanges::from_current_context().into_iter();
    let command = changes.fold(command, |command, (name, value)| match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    });
    Ok(command.read()?)
}

fn subprocess(child: &Command) -> Result<String, Box<dyn Error>> {
    let arguments: Vec<_> = child.get_args().collect();
    let command = subprocess::Exec::cmd(child.get_program()).args(&arguments);
    // The loop of the page, as for duct.
    let changes = EnvChanges::from_current_context().into_iter();
    let command = changes.fold(command, |command, (name, value)| match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    });
    Ok(command.capture()?.stdout_str())
}

#[cfg(unix)]
fn portable_pty(child: &Command) -> Result<String, Box<dyn Error>> {
    let mut command = portable_pty::CommandBuilder::new(child.get_program());
    command.args(child.get_args());
    let pty = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default())?;
    let (mut child, _span) = page::portable_pty::spawn(&*pty.slave, command)?;
    // Reading ends when the last handle of the other side is closed.
    drop(pty.slave);
    let output = std::io::read_to_string(pty.master.try_clone_reader()?)?;
    child.wait()?;
    Ok(output.replace("\r\n", "\n"))
}
