//! Events for `tracing`, if the feature `internal-logs` is enabled. None has a value in it.

/// An event with its name, as OpenTelemetry's own crates log it, and as a field for formatters that
/// do not show it. The level is compared first, because most programs have no subscriber: then an event costs no
/// more than that.
///
/// It has no parent span: an OpenTelemetry layer would export it as an event of that span.
macro_rules! event {
    ($level:ident, $name:literal, $message:literal $(, $field:ident = $value:expr)*) => {{
        #[cfg(feature = "internal-logs")]
        if ::tracing::Level::$level <= ::tracing::level_filters::LevelFilter::current() {
            $crate::log::unless_already_logging(|| {
                ::tracing::event!(
                    name: $name,
                    target: "opentelemetry_env_carrier",
                    parent: None,
                    ::tracing::Level::$level,
                    name = $name $(, $field = $value)*,
                    $message
                );
            });
        }
        // So that the fields are used.
        #[cfg(not(feature = "internal-logs"))]
        let _ = || ($($value,)*);
    }};
}

/// The version of `opentelemetry`, which is that of this crate.
pub(crate) const OPENTELEMETRY: &str =
    concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// A subscriber that uses this crate gets no events about its own calls, which would never end.
#[cfg(feature = "internal-logs")]
pub(crate) fn unless_already_logging(log: impl FnOnce()) {
    use std::cell::Cell;

    thread_local!(static IS_LOGGING: Cell<bool> = const { Cell::new(false) });

    /// Also if the subscriber panics.
    struct NoLongerLogging;

    impl Drop for NoLongerLogging {
        fn drop(&mut self) {
            IS_LOGGING.set(false);
        }
    }

    if !IS_LOGGING.replace(true) {
        let _no_longer_logging = NoLongerLogging;
        log();
    }
}
