//! Pages for what a reference does not answer, in the order in which they are needed.
//!
//! | page | for |
//! | --- | --- |
//! | [`spawning`] | commands of `std`, `tokio` and `async-process` |
//! | [`builders`] | duct, xshell, subprocess, PTYs, Docker, Kubernetes, and types of your own |
//! | [`in_span`] | what the span of a command records |
//! | [`tracing`] | spans of `tracing` |
//! | [`propagators`] | the fallback, `OTEL_PROPAGATORS`, B3, X-Ray, Jaeger |
//! | [`launchers`] | shells, `sudo`, `ssh`, `cron` and containers in between |
//! | [`languages`] | parents or children in other languages |
//! | [`backends`] | Jaeger, SigNoz, and any other collector |
//! | [`lines`] | which version of this crate to use, and what a second `opentelemetry` does |
//! | [`broken_traces`] | a child that starts a new trace |
//! | [`specification`] | the specification, line by line |
//! | [`cost`] | time and allocations, beside code by hand |

// The code of the pages that are not compiled here needs more crates: tests/ecosystem compiles it.

#[doc = include_str!("guide/backends.md")]
pub mod backends {}

#[doc = include_str!("guide/broken_traces.md")]
pub mod broken_traces {}

#[cfg_attr(not(doctest), doc = include_str!("guide/builders.md"))]
pub mod builders {}

#[doc = include_str!("guide/cost.md")]
pub mod cost {}

#[doc = include_str!("guide/in_span.md")]
pub mod in_span {}

#[doc = include_str!("guide/languages.md")]
pub mod languages {}

#[doc = include_str!("guide/launchers.md")]
pub mod launchers {}

#[doc = include_str!("guide/lines.md")]
pub mod lines {}

#[cfg_attr(not(doctest), doc = include_str!("guide/propagators.md"))]
pub mod propagators {}

#[cfg_attr(not(doctest), doc = include_str!("guide/spawning.md"))]
pub mod spawning {}

#[doc = include_str!("guide/specification.md")]
pub mod specification {}

#[cfg_attr(not(doctest), doc = include_str!("guide/tracing.md"))]
pub mod tracing {}
