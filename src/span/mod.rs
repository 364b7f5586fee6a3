//! Spans of processes: around this one, and around its children.

#[macro_use]
mod options;

#[cfg(feature = "async-process")]
#[cfg_attr(docsrs, doc(cfg(feature = "async-process")))]
mod async_process;
mod child_in_span;
mod child_span;
mod error_type;
mod in_span;
mod main_span;
mod once;
mod open_children;
mod record;
mod std_process;
mod this_process;
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
mod tokio_process;

pub use child_in_span::ChildInSpan;
pub use child_span::{ChildSpan, ChildSpanBuilder};
pub use in_span::{CommandInSpan, InSpan};
pub use main_span::{MainSpan, MainSpanBuilder, MainSpanHandle};
