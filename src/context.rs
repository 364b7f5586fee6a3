//! The context that applies on this thread: the current one, or that of the span around `main`.

use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::trace::TraceContextExt as _;

/// The context of the span around `main`, while it lives.
static MAIN: RwLock<Option<Context>> = RwLock::new(None);

/// The current context. If it has no span, then with the span around `main`, and with its baggage unless
/// there is some of its own.
pub(crate) fn current() -> Context {
    let current = Context::current();
    if has_span(&current) {
        return current;
    }
    match &*MAIN.read().unwrap_or_else(PoisonError::into_inner) {
        Some(main) => with_span_of(&current, main),
        None => current,
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
    // Dropped after the lock is released: the end of a span may run any code of a span processor.
    let _main = write_main().take();
}

/// A reference to the span of `other`, which is not ours to end, in `cx`. With the baggage of `other`, if
/// `cx` has none.
pub(crate) fn with_span_of(cx: &Context, other: &Context) -> Context {
    let mut cx = cx.clone();
    if has_span(other) {
        cx = cx.with_remote_span_context(other.span().span_context().clone());
    }
    if cx.baggage().is_empty() && !other.baggage().is_empty() {
        cx = cx.with_baggage(entries_of_baggage(other));
    }
    cx
}

/// Whether there is a valid span. Not every propagator leaves the context without a span if it extracted an
/// invalid one.
pub(crate) fn has_span(cx: &Context) -> bool {
    cx.span().span_context().is_valid()
}

pub(crate) fn same_span(cx: &Context, other: &Context) -> bool {
    let (span, other) = (cx.span(), other.span());
    let (span, other) = (span.span_context(), other.span_context());
    span.trace_id() == other.trace_id() && span.span_id() == other.span_id()
}

fn entries_of_baggage(cx: &Context) -> impl Iterator<Item = KeyValueMetadata> {
    cx.baggage().iter().map(|(key, (value, metadata))| {
        KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
    })
}

fn write_main() -> RwLockWriteGuard<'static, Option<Context>> {
    MAIN.write().unwrap_or_else(PoisonError::into_inner)
}
