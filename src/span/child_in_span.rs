//! A child process in a span of its own.

use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};

use opentelemetry::Context;

use super::ChildSpan;

/// A child process in a span of its own: see [`InSpan`](crate::InSpan).
///
/// It derefs to the child, and has the child's methods that wait for the exit. The first that
/// returns an exit status or an error ends the span. An exit that is seen by other means, through the child's
/// own `wait` for example, is not recorded.
#[must_use = "the span ends when this is dropped: bind it to a name"]
pub struct ChildInSpan<C> {
    pub(super) child: C,
    pub(super) span: ChildSpan,
}

impl<C> ChildInSpan<C> {
    pub(super) fn new(
        spawned: io::Result<C>,
        span: ChildSpan,
        pid: impl FnOnce(&C) -> Option<u32>,
    ) -> io::Result<Self> {
        let child = spawned.inspect_err(|error| span.end_with_error(error))?;
        if let Some(pid) = pid(&child) {
            span.set_pid(pid);
        }
        Ok(Self { child, span })
    }

    /// The context with the child's span.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.span.context()
    }

    /// From now on no failure marks the span as an error: see [`ChildSpan::ignore_failure`].
    pub fn ignore_failure(&self) {
        self.span.ignore_failure();
    }

    /// The child and its span, to wait in a way of your own, or to set attributes at the end.
    pub fn into_parts(self) -> (C, ChildSpan) {
        (self.child, self.span)
    }
}

impl<C> Deref for ChildInSpan<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.child
    }
}

impl<C> DerefMut for ChildInSpan<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.child
    }
}

impl<C: fmt::Debug> fmt::Debug for ChildInSpan<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildInSpan").field("child", &self.child).finish_non_exhaustive()
    }
}
