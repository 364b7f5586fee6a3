//! Pages for those whose case is not the usual one.
//!
//! | your case | page |
//! | --- | --- |
//! | commands of `tokio` or `async-process` | [`async_commands`] |
//! | spans of `tracing` | [`tracing`] |
//! | B3, X-Ray, Jaeger, or a propagator of your own | [`propagators`] |
//! | a shell, `sudo`, `ssh`, `cron` or a container in between | [`launchers`] |
//! | a child that is no `Command` | [`targets`] |
//! | parents or children in other languages | [`languages`] |
//! | a claim to be checked | [`specification`], [`cost`] |

#[cfg_attr(
    all(feature = "tokio", feature = "async-process"),
    doc = include_str!("guide/async_commands.md")
)]
#[cfg_attr(
    not(all(feature = "tokio", feature = "async-process")),
    doc = "This page needs the features `tokio` and `async-process`."
)]
pub mod async_commands {}

#[doc = include_str!("guide/cost.md")]
pub mod cost {}

#[doc = include_str!("guide/languages.md")]
pub mod languages {}

#[doc = include_str!("guide/launchers.md")]
pub mod launchers {}

#[doc = include_str!("guide/propagators.md")]
pub mod propagators {}

#[doc = include_str!("guide/specification.md")]
pub mod specification {}

#[doc = include_str!("guide/targets.md")]
pub mod targets {}

#[cfg_attr(feature = "tokio", doc = include_str!("guide/tracing.md"))]
#[cfg_attr(not(feature = "tokio"), doc = "This page needs the feature `tokio`.")]
pub mod tracing {}
