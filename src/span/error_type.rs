//! `error.type`: the kind of an error, or what ended a process.

use std::io;

use opentelemetry::StringValue;

/// What the conventions have for anything without a name of its own.
pub(super) const OTHER: &str = "_OTHER";

/// The name of the error's kind.
pub(super) fn of_error(error: &io::Error) -> StringValue {
    let kind = format!("{:?}", error.kind());
    match &*kind {
        // What the standard library has for anything else.
        "Other" | "Uncategorized" => OTHER.into(),
        _ => kind.into(),
    }
}

/// The name, for signals whose number is certain on this platform.
#[cfg(unix)]
pub(super) fn name_of_signal(signal: i32) -> Option<&'static str> {
    const LINUX: bool = cfg!(all(
        any(target_os = "linux", target_os = "android"),
        // They have numbers of their own.
        not(any(target_arch = "mips", target_arch = "mips64", target_arch = "mips32r6")),
        not(any(target_arch = "mips64r6", target_arch = "sparc", target_arch = "sparc64")),
    ));
    const BSD: bool = cfg!(any(
        any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"),
        any(target_os = "openbsd", target_os = "dragonfly"),
    ));

    match signal {
        1 => Some("SIGHUP"),
        2 => Some("SIGINT"),
        3 => Some("SIGQUIT"),
        4 => Some("SIGILL"),
        5 if LINUX || BSD => Some("SIGTRAP"),
        6 => Some("SIGABRT"),
        7 if LINUX => Some("SIGBUS"),
        8 => Some("SIGFPE"),
        9 => Some("SIGKILL"),
        10 if BSD => Some("SIGBUS"),
        11 => Some("SIGSEGV"),
        13 if LINUX || BSD => Some("SIGPIPE"),
        14 => Some("SIGALRM"),
        15 => Some("SIGTERM"),
        24 if LINUX || BSD => Some("SIGXCPU"),
        25 if LINUX || BSD => Some("SIGXFSZ"),
        _ => None,
    }
}
