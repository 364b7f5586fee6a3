//! Signals end the command, and not this program before its span is exported.

#[cfg(unix)]
pub(crate) use unix::Signals;
#[cfg(not(unix))]
pub(crate) use windows::Signals;

#[cfg(unix)]
mod unix {
    use std::process::Child;
    use std::{io, thread};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::exfiltrator::origin::WithOrigin;

    pub(crate) struct Signals(SignalsInfo<WithOrigin>);

    impl Signals {
        pub(crate) fn catch() -> io::Result<Self> {
            SignalsInfo::new([SIGINT, SIGQUIT, SIGTERM]).map(Self)
        }

        /// Forwards what was sent to this process alone. What a terminal sends (Ctrl-C) reaches the
        /// command anyway.
        pub(crate) fn forward_to(mut self, child: &Child) {
            let child = Pid::from_raw(child.id() as i32);
            thread::spawn(move || {
                for origin in self.0.forever() {
                    if origin.process.is_some() {
                        let _ = kill(child, Signal::try_from(origin.signal).ok());
                    }
                }
            });
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use std::io;
    use std::process::Child;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::SIGINT;

    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn catch() -> io::Result<Self> {
            signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
            Ok(Self)
        }

        /// Ctrl-C reaches all processes of a console anyway.
        pub(crate) fn forward_to(self, _: &Child) {}
    }
}
