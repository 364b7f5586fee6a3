//! `error.type`: the kind of an error, or what ended a process.

use std::io;

use opentelemetry::StringValue;

/// What the conventions have for anything without a name of its own.
pub(super) const OTHER: &str = "_OTHER";

pub(super) fn of_exit_code(code: i32) -> StringValue {
    code.to_string().into()
}

/// The kind's name, for kinds that the standard library has for good.
pub(super) fn of_error(error: &io::Error) -> &'static str {
    use io::ErrorKind;

    match error.kind() {
        ErrorKind::NotFound => "NotFound",
        ErrorKind::PermissionDenied => "PermissionDenied",
        ErrorKind::AlreadyExists => "AlreadyExists",
        ErrorKind::WouldBlock => "WouldBlock",
        ErrorKind::NotADirectory => "NotADirectory",
        ErrorKind::IsADirectory => "IsADirectory",
        ErrorKind::InvalidInput => "InvalidInput",
        ErrorKind::InvalidData => "InvalidData",
        ErrorKind::TimedOut => "TimedOut",
        ErrorKind::Interrupted => "Interrupted",
        ErrorKind::BrokenPipe => "BrokenPipe",
        ErrorKind::UnexpectedEof => "UnexpectedEof",
        ErrorKind::Unsupported => "Unsupported",
        ErrorKind::OutOfMemory => "OutOfMemory",
        ErrorKind::ResourceBusy => "ResourceBusy",
        ErrorKind::ExecutableFileBusy => "ExecutableFileBusy",
        ErrorKind::ArgumentListTooLong => "ArgumentListTooLong",
        _ => OTHER,
    }
}

/// The name, for the signals that have the same number on every Unix; for others the exit code.
#[cfg(unix)]
pub(super) fn of_signal(signal: i32) -> StringValue {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        7 if cfg!(any(target_os = "linux", target_os = "android")) => "SIGBUS",
        10 if !cfg!(any(target_os = "linux", target_os = "android")) => "SIGBUS",
        other => return of_exit_code(128 + other),
    };
    name.into()
}
