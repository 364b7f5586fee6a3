use std::process::ExitCode;
use std::{io, thread};

use signal_hook::iterator::Signals;

use crate::{signals, telemetry};

pub fn main() -> ExitCode {
    let mut first = Signals::new(signals::to_catch()).expect("these signals can be caught");
    let caught = signals::catch().expect("these signals can be caught");
    let span = telemetry::main_span("count").start();
    let handle = span.handle();
    thread::spawn(move || {
        for signal in first.forever() {
            handle.end_with_signal(signal);
            signals::end_by(signal);
        }
    });
    // While that thread ends the program by a signal, this one must not end it by its code.
    caught.end(span, count_lines())
}

fn count_lines() -> io::Result<()> {
    println!("{}", io::stdin().lines().count());
    Ok(())
}
