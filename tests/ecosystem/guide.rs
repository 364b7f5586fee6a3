//! The pages of the guide whose code needs these crates, compiled as doc tests.
#![cfg(doctest)]

#[doc = include_str!("../../src/guide/async_commands.md")]
struct AsyncCommands;

#[doc = include_str!("../../src/guide/propagators.md")]
struct Propagators;

#[doc = include_str!("../../src/guide/targets.md")]
struct Targets;

#[doc = include_str!("../../src/guide/tracing.md")]
struct Tracing;
