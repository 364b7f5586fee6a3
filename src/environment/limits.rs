//! What an environment can hold, so that telemetry never keeps a child from starting.

use opentelemetry::otel_warn;

/// The longest `NAME=value` that a child can be given, with its terminator: `MAX_ARG_STRLEN` of
/// Linux, which is lower than what other Unix systems allow, and the documented maximum of Windows.
const LONGEST: usize = if cfg!(windows) { 32_767 } else { 128 * 1024 };

/// Whether a child can be started with the variable. If not, a warning tells its name.
pub(crate) fn fits(name: &str, value: &str) -> bool {
    // Without an early exit, for then it is vectorized, and there is hardly ever one to take.
    let has_nul = value.bytes().fold(false, |found, byte| found | (byte == 0));
    let is_too_long = name.len() + "=".len() + value.len() + "\0".len() > LONGEST;
    if has_nul {
        warn(name, "its value contains a NUL byte");
    } else if is_too_long {
        warn(name, "it is longer than the platform allows");
    }
    !has_nul && !is_too_long
}

#[cold]
fn warn(name: &str, reason: &str) {
    otel_warn!(
        name: "EnvCarrier.VariableLeftOut",
        message = "An environment variable was left out, for no process can be handed it",
        variable = name,
        reason = reason
    );
}
