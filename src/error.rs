//! Why a parent context could not be extracted.

use thiserror::Error;

/// Why [`try_extract_parent_context`](crate::try_extract_parent_context) could not extract everything
/// that the environment holds. [`extract_parent_context`](crate::extract_parent_context) returns what
/// could be extracted anyway.
///
/// It contains the names of variables, never their values.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExtractError {
    /// One of the propagator's variables is set, but its value is not Unicode.
    #[error("environment variable {name} is not valid Unicode")]
    NotUnicode {
        /// The variable's name.
        name: String,
    },

    /// Variables that should hold a span are set, but the propagator extracted none.
    #[error("environment variables are set, but hold no valid span context: {}", names.join(", "))]
    Rejected {
        /// The names of these variables, sorted. Variables that hold something else, such as
        /// tracestate or baggage, are not among them.
        names: Vec<String>,
    },
}
