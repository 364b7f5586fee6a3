//! Why a parent's context could not be read.

use thiserror::Error;

/// Why [`try_extract_parent_context`](crate::try_extract_parent_context) could not read all that the
/// environment holds for it. What can be read all the same, is what
/// [`extract_parent_context`](crate::extract_parent_context) returns.
///
/// It tells the names of variables, never their values.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExtractError {
    /// One of the propagator's variables is set, but its value is not Unicode.
    #[error("environment variable {name} is not valid Unicode")]
    NotUnicode {
        /// The variable's name.
        name: String,
    },

    /// Variables are set, yet the propagator made no span context of them.
    #[error("environment variables are set, but hold no valid span context: {}", names.join(", "))]
    Rejected {
        /// The names of the variables that are set, sorted. Baggage is not among them, for nobody
        /// expects a span context of it.
        names: Vec<String>,
    },
}
