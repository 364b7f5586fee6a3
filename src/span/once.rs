//! What happens once, though several threads may ask for it.

use std::sync::{Once, OnceLock};
use std::thread::{self, ThreadId};

pub(super) struct OnlyOnce {
    /// Makes later calls wait.
    once: Once,
    /// The thread of the first call, which must not wait for itself.
    first_thread: OnceLock<ThreadId>,
}

impl OnlyOnce {
    pub(super) fn new() -> Self {
        Self { once: Once::new(), first_thread: OnceLock::new() }
    }

    pub(super) fn is_done(&self) -> bool {
        self.once.is_completed()
    }

    /// Runs `action`, if this is the first call. A later call waits until that is done, but on the thread that
    /// does it (in a panic hook, for example) it returns at once.
    pub(super) fn run(&self, action: impl FnOnce()) {
        let this_thread = thread::current().id();
        if self.first_thread.get() == Some(&this_thread) {
            return;
        }
        // After an action that panicked, `call_once` would panic. This calls the closure again, but does not run the
        // action again, because the thread is set.
        self.once.call_once_force(|_| {
            if self.first_thread.set(this_thread).is_ok() {
                action();
            }
        });
    }
}
