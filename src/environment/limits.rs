//! What an environment can hold, so that telemetry never prevents a spawn.

/// The longest `NAME=value` that a child can receive, with its terminator: `MAX_ARG_STRLEN` of
/// Linux, which is lower than what other Unix systems allow, and the documented maximum of Windows.
const LONGEST: usize = if cfg!(windows) { 32_767 } else { 128 * 1024 };

/// Why no child can be spawned with this variable, if that is so.
pub(crate) fn reason_to_skip(name: &str, value: &str) -> Option<&'static str> {
    let is_too_long = name.len() + "=".len() + value.len() + "\0".len() > LONGEST;
    if has_nul(value.as_bytes()) {
        Some("its value contains a NUL byte")
    } else if is_too_long {
        Some("it is longer than the platform allows")
    } else {
        None
    }
}

/// Word by word, because every injection runs through here. The last word overlaps the one before.
fn has_nul(bytes: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    let Some(last) = bytes.last_chunk() else {
        return bytes.contains(&0);
    };
    let zeros = |word: [u8; 8]| {
        let word = u64::from_ne_bytes(word);
        word.wrapping_sub(ONES) & !word & HIGHS
    };
    let words = bytes.chunks_exact(8).filter_map(|word| word.first_chunk());
    words.fold(zeros(*last), |found, word| found | zeros(*word)) != 0
}

#[cold]
pub(crate) fn warn_skipped(name: &str, reason: &str) {
    event!(
        WARN,
        "EnvCarrier.VariableSkipped",
        "An environment variable was skipped, because it would prevent the spawn",
        variable = name,
        reason = reason
    );
}
