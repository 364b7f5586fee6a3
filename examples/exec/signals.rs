//! Signals end the command, and not this program before its span is exported.

#[cfg(unix)]
pub(crate) use unix::Signals;
#[cfg(not(unix))]
pub(crate) use windows::Signals;

#[cfg(unix)]
mod unix {
    use std::process::{Child, ExitStatus};
    use std::{fs, io};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use opentelemetry_env_carrier::ChildInSpan;
    use signal_hook::consts::{
        SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
    };
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::exfiltrator::origin::WithOrigin;

    pub(crate) struct Signals(SignalsInfo<WithOrigin>);

    impl Signals {
        pub(crate) fn catch() -> io::Result<Self> {
            let ignored = ignored_signals();
            let mut signals = vec![SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM];
            // Those stay ignored, for the command as well.
            signals.retain(|signal| ignored & (1 << (signal - 1)) == 0);
            // If this one is ignored, a child cannot be waited for.
            signals.push(SIGCHLD);
            SignalsInfo::new(signals).map(Self)
        }

        /// Forwards what is sent to this process alone. What a terminal sends (Ctrl-C) reaches the command
        /// anyway. As the same loop waits for the child, no signal is sent to a process that has been waited for.
        pub(crate) fn forward_until_exit(
            mut self,
            mut child: ChildInSpan<Child>,
        ) -> io::Result<ExitStatus> {
            let pid = Pid::from_raw(child.id() as i32);
            loop {
                for origin in self.0.wait() {
                    if origin.signal == SIGCHLD {
                        if let Some(status) = child.try_wait()? {
                            return Ok(status);
                        }
                    } else if origin.process.is_some() {
                        let _ = kill(pid, Signal::try_from(origin.signal).ok());
                    }
                }
            }
        }
    }

    /// A bit for each signal that was ignored when this program started, as with `nohup`. (Known on Linux.)
    fn ignored_signals() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:\t"));
        mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0)
    }
}

#[cfg(not(unix))]
mod windows {
    use std::io;
    use std::process::{Child, ExitStatus};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use opentelemetry_env_carrier::ChildInSpan;
    use signal_hook::consts::SIGINT;

    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn catch() -> io::Result<Self> {
            signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
            Ok(Self)
        }

        /// Ctrl-C reaches all processes of a console anyway.
        pub(crate) fn forward_until_exit(
            self,
            mut child: ChildInSpan<Child>,
        ) -> io::Result<ExitStatus> {
            child.wait()
        }
    }
}
