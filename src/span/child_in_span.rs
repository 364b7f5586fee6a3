//! A child process in a span of its own.

use std::io;
use std::ops::{Deref, DerefMut};

use opentelemetry::{Context, StringValue};

use super::ChildSpan;

/// A child process in a span of its own: see [`InSpan`](crate::InSpan).
///
/// It derefs to the child, and has the child's methods that wait for the exit. The first that
/// returns an exit status or an error ends the span. An exit that is seen by other means is not recorded: through
/// the child's own method, `(*child).wait()`, or that of an extension trait. Then a later `child.wait()` records
/// it, as it returns the same status again.
#[must_use = "the span ends when this is dropped: bind it to a name"]
#[derive(Debug)]
pub struct ChildInSpan<C> {
    pub(super) child: C,
    pub(super) span: ChildSpan,
}

impl<C> ChildInSpan<C> {
    pub(super) fn from_spawn(
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

    /// Marks the span as an error of this type: see [`ChildSpan::fail_with`].
    pub fn fail_with(&self, error_type: impl Into<StringValue>) {
        self.span.fail_with(error_type);
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
