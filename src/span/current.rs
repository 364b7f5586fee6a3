//! The context that applies on this thread: the current one, or that of the span around `main`.

use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::trace::TraceContextExt as _;

use crate::extract::{has_span, inherited_context};

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

/// Like [`current`], and if there is no span at all, then with the one that this process was spawned
/// in. So a span never leaves the trace of the caller.
pub(crate) fn current_or_inherited() -> Context {
    let current = current();
    if has_span(&current) { current } else { with_span_of(&current, &inherited_context()) }
}

/// Makes it count on every thread, unless there is one already. Returns whether it does.
pub(crate) fn set_main(cx: &Context) -> bool {
    let mut main = main();
    let is_free = main.is_none();
    main.get_or_insert_with(|| cx.clone());
    is_free
}

pub(crate) fn unset_main() {
    *main() = None;
}

/// A reference to the span of `other`, which is not ours to end, in `cx`.
pub(crate) fn with_span_of(cx: &Context, other: &Context) -> Context {
    let mut cx = cx.clone();
    if has_span(other) {
        cx = cx.with_remote_span_context(other.span().span_context().clone());
    }
    if cx.baggage().is_empty() && !other.baggage().is_empty() {
        let entries = other.baggage().iter().map(|(key, (value, metadata))| {
            KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
        });
        cx = cx.with_baggage(entries);
    }
    cx
}

fn main() -> RwLockWriteGuard<'static, Option<Context>> {
    MAIN.write().unwrap_or_else(PoisonError::into_inner)
}
