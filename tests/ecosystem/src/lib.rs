//! The pages of the guide whose code needs these crates, compiled as doc tests.
#![cfg(doctest)]

// Some of its crates are built for Unix alone.
#[cfg(unix)]
#[path = "../../../src/guide/builders.rs"]
mod builders;

#[doc = include_str!("../../../src/guide/propagators.md")]
mod propagators {}
