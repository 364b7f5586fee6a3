//! Pages for those whose case is not the usual one.
//!
//! | your case | page |
//! | --- | --- |
//! | which version of this crate to use | [`lines`] |
//! | commands of `tokio` or `async-process` | [`async_commands`] |
//! | spans of `tracing` | [`tracing`] |
//! | B3, X-Ray, Jaeger, or a propagator of your own | [`propagators`] |
//! | a shell, `sudo`, `ssh`, `cron` or a container in between | [`launchers`] |
//! | `duct`, `xshell`, a PTY, Docker, Kubernetes, a builder of your own | [`builders`] |
//! | parents or children in other languages | [`languages`] |
//! | a claim to be checked | [`specification`], [`cost`] |

// The code of the pages that are not compiled here needs more crates: tests/ecosystem compiles it.

#[cfg_attr(not(doctest), doc = include_str!("guide/async_commands.md"))]
pub mod async_commands {}

#[cfg_attr(not(doctest), doc = include_str!("guide/builders.md"))]
pub mod builders {}

#[doc = include_str!("guide/cost.md")]
pub mod cost {}

#[doc = include_str!("guide/languages.md")]
pub mod languages {}

#[doc = include_str!("guide/launchers.md")]
pub mod launchers {}

#[doc = include_str!("guide/lines.md")]
pub mod lines {}

#[cfg_attr(not(doctest), doc = include_str!("guide/propagators.md"))]
pub mod propagators {}

#[doc = include_str!("guide/specification.md")]
pub mod specification {}

#[cfg_attr(not(doctest), doc = include_str!("guide/tracing.md"))]
pub mod tracing {}
