use std::process::{ExitCode, Termination};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{fs, io};

use opentelemetry_env_carrier::MainSpan;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::low_level::emulate_default_handler;

/// The first signal that would have ended this program.
pub struct Caught(Arc<AtomicUsize>);

/// From now on the first signal is only noted. The second ends the program at once.
pub fn catch() -> io::Result<Caught> {
    let is_caught = Arc::new(AtomicBool::new(false));
    let caught = Arc::new(AtomicUsize::new(0));
    for signal in to_catch() {
        // In this order: whether it is the second is asked before the first is noted.
        flag::register_conditional_default(signal, Arc::clone(&is_caught))?;
        flag::register(signal, Arc::clone(&is_caught))?;
        flag::register_usize(signal, Arc::clone(&caught), signal as usize)?;
    }
    Ok(Caught(caught))
}

impl Caught {
    pub fn signal(&self) -> Option<i32> {
        let signal = self.0.load(Ordering::SeqCst) as i32;
        (signal != 0).then_some(signal)
    }

    /// Ends the program: by the signal, if there was one, or else with this result, for `main` to return.
    pub fn end(&self, span: MainSpan, result: impl Termination) -> ExitCode {
        if let Some(signal) = self.signal() {
            span.end_with_signal(signal);
            end_by(signal);
        }
        let exit_code = span.end(result);
        // One may have come while the span was exported.
        if let Some(signal) = self.signal() {
            end_by(signal);
        }
        exit_code
    }
}

/// Ends this program as the signal would have ended it.
pub fn end_by(signal: i32) {
    let _ = emulate_default_handler(signal);
}

/// Not what was ignored when this program started: `nohup` ignores `SIGHUP`.
pub fn to_catch() -> Vec<i32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:\t"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0);
    let mut signals = vec![SIGHUP, SIGINT, SIGTERM];
    signals.retain(|signal| ignored & (1 << (signal - 1)) == 0);
    signals
}
