//! Why a parent context could not be extracted.

use thiserror::Error;

/// Why [`try_extract_parent_context`](crate::try_extract_parent_context) could not extract everything
/// that the environment holds. [`extract_parent_context`](crate::extract_parent_context) returns what
/// could be extracted anyway.
///
/// It contains the names of variables, never their values.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtractError {
    /// One of the propagator's variables is set, but its value is not Unicode.
    #[error("environment variable {name} is not valid Unicode")]
    #[non_exhaustive]
    NotUnicode {
        /// The variable's name.
        name: String,
    },

    /// The variable is set, but the propagator extracted no span.
    #[error("environment variable {name} is set, but holds no valid span context")]
    #[non_exhaustive]
    InvalidSpanContext {
        /// The variable's name: `TRACEPARENT`.
        name: String,
    },
}
