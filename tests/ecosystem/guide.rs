//! The pages of the guide whose code needs these crates, compiled as doc tests.
#![cfg(doctest)]

// Some of its crates are built for Unix alone.
#[cfg(unix)]
#[doc = include_str!("../../src/guide/builders.md")]
struct Builders;

#[doc = include_str!("../../src/guide/propagators.md")]
struct Propagators;

#[doc = include_str!("../../src/guide/tracing.md")]
struct Tracing;
