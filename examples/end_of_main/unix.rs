//! What only Unix has.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, exit};
use std::time::Duration;
use std::{env, thread};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Status, TraceContextExt as _};
use opentelemetry_env_carrier::{MainSpan, WithTraceContext as _};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::telemetry::Telemetry;

pub(crate) fn exec() -> ExitCode {
    let telemetry = Telemetry::start("end_of_main");
    let span = MainSpan::start();
    let mut arguments = env::args_os().skip(2);
    let mut command = Command::new(arguments.next().unwrap_or_default());
    command.args(arguments).with_trace_context(); // while the span is current
    drop(span); // without an exit code, which is the command's
    drop(telemetry);
    let error = command.exec(); // returns only if it failed
    eprintln!("{}: {error}", command.get_program().to_string_lossy());
    ExitCode::from(127)
}

pub(crate) fn signal() -> ExitCode {
    let telemetry = Telemetry::start("end_of_main").expect("telemetry");
    let span = MainSpan::start();
    let (cx, provider) = (span.context().clone(), telemetry.provider.clone());
    let mut signals = Signals::new([SIGINT, SIGTERM]).expect("they can be caught");
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let code = 128 + signal;
            let span = cx.span();
            span.set_attribute(KeyValue::new("process.exit.code", i64::from(code)));
            span.set_attribute(KeyValue::new("error.type", code.to_string()));
            span.set_status(Status::error(""));
            span.end();
            let _ = provider.force_flush(); // `main` may be shutting it down
            exit(code);
        }
    });
    println!("ready");
    thread::sleep(Duration::from_secs(60));
    span.end(())
}
