//! The spans of children that have not ended, so that they can end before the exporters are shut down.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::record::ProcessSpan;

/// Owned here as well, so that [`take_all`] also has one that another thread is just ending in its drop. So the
/// contexts of ended children live on until the list would grow.
static OPEN: Mutex<Vec<Arc<ProcessSpan>>> = Mutex::new(Vec::new());

pub(super) fn add(span: &Arc<ProcessSpan>) {
    let mut ended = Vec::new();
    let mut open = lock();
    if open.len() == open.capacity() {
        // Before it grows, those that have ended go. Then there is room for as many again, so that this is rare.
        (ended, *open) = mem::take(&mut *open).into_iter().partition(|span| span.ended.is_done());
        let still_open = open.len();
        open.reserve(still_open + 1);
    }
    open.push(Arc::clone(span));
    drop(open);
    // Only now, because what is in their contexts may run any code.
    drop(ended);
}

pub(super) fn take_all() -> Vec<Arc<ProcessSpan>> {
    mem::take(&mut *lock())
}

fn lock() -> MutexGuard<'static, Vec<Arc<ProcessSpan>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}
