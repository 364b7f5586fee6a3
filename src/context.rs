//! The context that applies on this thread: the current one, or that of the span around `main`.

use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::trace::TraceContextExt as _;

/// The context of the span around `main`, while it lives.
static MAIN: RwLock<Option<Context>> = RwLock::new(None);

/// Whose span a context has. The log shows the variant's name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WhoseSpan {
    Current,
    MainSpan,
    Inherited,
    Given,
    Child,
}

/// The current context. If that has no span, it gets the span around `main`, and, if it has no baggage, the baggage
/// around `main`.
pub(crate) fn current() -> (Context, WhoseSpan) {
    let current = Context::current();
    if has_span(&current) {
        return (current, WhoseSpan::Current);
    }
    let main = MAIN.read().unwrap_or_else(PoisonError::into_inner).clone();
    match main {
        Some(main) => (with_span_of(&current, &main), WhoseSpan::MainSpan),
        None => (current, WhoseSpan::Current),
    }
}

/// Sets the context of the span around `main`, unless there is one already. Returns whether it did.
pub(crate) fn set_main(cx: &Context) -> bool {
    let mut main = write_main();
    if main.is_some() {
        return false;
    }
    *main = Some(cx.clone());
    true
}

pub(crate) fn unset_main() {
    let main = write_main().take();
    // Only now that the lock is released: a span that is dropped may run any code of a span processor.
    drop(main);
}

/// Whether there is a valid span. A context may also have an active span that is invalid: a propagator
/// extracted it, or a tracer made it before there was a provider. To this crate that is no span.
pub(crate) fn has_span(cx: &Context) -> bool {
    cx.span().span_context().is_valid()
}

pub(crate) fn same_span(cx: &Context, other: &Context) -> bool {
    cx.span().span_context() == other.span().span_context()
}

/// `cx` with a reference to the span of `other`, and, if `cx` has no baggage, with the baggage of `other`. A reference,
/// as if the span were remote, because it is not ours to end or to change.
pub(crate) fn with_span_of(cx: &Context, other: &Context) -> Context {
    let mut cx = cx.clone();
    if has_span(other) {
        cx = cx.with_remote_span_context(other.span().span_context().clone());
    }
    if cx.baggage().is_empty() { with_baggage_of(&cx, other) } else { cx }
}

/// `cx` with the baggage of `other`, if that has some.
pub(crate) fn with_baggage_of(cx: &Context, other: &Context) -> Context {
    if other.baggage().is_empty() {
        return cx.clone();
    }
    cx.with_baggage(other.baggage().iter().map(|(key, (value, metadata))| {
        KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
    }))
}

/// The context without its active span. `opentelemetry` cannot take one out: what survives is baggage, and
/// that telemetry is suppressed.
pub(crate) fn without_span(cx: &Context) -> Context {
    if !cx.has_active_span() {
        return cx.clone();
    }
    let without_span = with_baggage_of(&Context::new(), cx);
    if cx.is_telemetry_suppressed() {
        without_span.with_telemetry_suppressed()
    } else {
        without_span
    }
}

/// The context without its active span, if that is invalid. To a sampler of the SDK such a span is a parent
/// that is not sampled, so everything under it would be lost.
pub(crate) fn without_invalid_span(cx: &Context) -> Context {
    if has_span(cx) { cx.clone() } else { without_span(cx) }
}

fn write_main() -> RwLockWriteGuard<'static, Option<Context>> {
    MAIN.write().unwrap_or_else(PoisonError::into_inner)
}
