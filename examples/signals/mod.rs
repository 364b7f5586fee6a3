//! Signals end the command, and not this program before its span is exported.

#[cfg(unix)]
pub(crate) use unix::{Signals, that_ended};
#[cfg(not(unix))]
pub(crate) use windows::{Signals, that_ended};

pub(crate) struct Signal {
    pub(crate) number: i32,
    pub(crate) name: &'static str,
}

#[cfg(unix)]
mod unix {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Child, ExitStatus};
    use std::{io, thread};

    use nix::sys::signal::kill;
    use nix::unistd::Pid;
    use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::exfiltrator::origin::WithOrigin;

    use super::Signal;

    pub(crate) struct Signals(SignalsInfo<WithOrigin>);

    impl Signals {
        pub(crate) fn catch() -> io::Result<Self> {
            SignalsInfo::new([SIGINT, SIGQUIT, SIGTERM]).map(Self)
        }

        /// Passes on what was sent to this process alone. What a terminal sends (Ctrl-C) goes to
        /// the command as well, without any help.
        pub(crate) fn pass_on_to(mut self, child: &Child) {
            let child = Pid::from_raw(child.id() as i32);
            thread::spawn(move || {
                for origin in self.0.forever() {
                    if origin.process.is_some() {
                        let signal = nix::sys::signal::Signal::try_from(origin.signal);
                        let _ = kill(child, signal.ok());
                    }
                }
            });
        }
    }

    pub(crate) fn that_ended(status: ExitStatus) -> Option<Signal> {
        let number = status.signal()?;
        let name =
            nix::sys::signal::Signal::try_from(number).map_or("signal", |name| name.as_str());
        Some(Signal { number, name })
    }
}

#[cfg(not(unix))]
mod windows {
    use std::io;
    use std::process::{Child, ExitStatus};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::SIGINT;

    use super::Signal;

    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn catch() -> io::Result<Self> {
            signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
            Ok(Self)
        }

        /// Ctrl-C goes to all processes of a console, without any help.
        pub(crate) fn pass_on_to(self, _: &Child) {}
    }

    /// There are none that end a process.
    pub(crate) fn that_ended(_: ExitStatus) -> Option<Signal> {
        None
    }
}
