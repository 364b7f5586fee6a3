//! A program that runs while a test sends it signals.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Output, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// It has a process group of its own.
pub(crate) struct Running {
    pub(crate) child: Child,
    /// Its input, and that of its child.
    pub(crate) stdin: Option<ChildStdin>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        Self { stdin: child.stdin.take(), child }
    }

    /// Starts a program that writes `ready` when it is, or whose child does.
    pub(crate) fn start_until_ready(command: &mut Command) -> Self {
        let mut running = Self::start(command);
        assert_eq!(running.read_line(), "ready");
        running
    }

    pub(crate) fn read_line(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    pub(crate) fn kill(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// It leaves no process of its group.
    pub(crate) fn wait(self) -> Output {
        let group = self.pid();
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(killpg(group, None), Err(Errno::ESRCH));
        output
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn caught(&self) -> Vec<Signal> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        signals_in(&status, "SigCgt")
    }
}

/// The signals in a line of `/proc/PID/status`.
#[cfg(target_os = "linux")]
pub(crate) fn signals_in(status: &str, line: &str) -> Vec<Signal> {
    let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    let mask = u64::from_str_radix(line.trim_start_matches(':').trim(), 16).unwrap();
    Signal::iterator().filter(|signal| mask & (1 << (*signal as i32 - 1)) != 0).collect()
}

/// The program, started by `env` of GNU with a signal that is ignored.
#[cfg(target_os = "linux")]
pub(crate) fn ignoring(signal: Signal, program: &Command) -> Command {
    let mut command = Command::new("env");
    command.arg(format!("--ignore-signal={}", &signal.as_str()[3..]));
    command.arg(program.get_program()).args(program.get_args()).env_clear();
    for (name, value) in program.get_envs() {
        command.env(name, value.unwrap());
    }
    command
}
