//! What the reference of an item does not answer.
//!
//! | page | for |
//! | --- | --- |
//! | [`broken_traces`] | a child that starts a new trace: each cause, with its remedy |
//! | [`end_of_main`] | every way out of `main`: `?`, `exit`, panics, signals, `exec` |
//! | [`builders`] | async runtimes, duct, xshell, PTYs, Docker, Kubernetes, types of your own |
//! | [`tracing`] | spans of `tracing` |
//! | [`recipes`] | baggage, allow-lists, links, attributes at the end, libraries |
//! | [`launchers`] | shells, `sudo`, `ssh`, Slurm, MPI, `tmux` and containers in between |
//! | [`batch_jobs`] | orchestrators, jobs and tasks: Slurm, MPI, requeued jobs, restarted pods |
//! | [`languages`] | parents or children in other languages |
//! | [`propagators`] | the fallback, `OTEL_PROPAGATORS`, B3, X-Ray, Jaeger |
//! | [`backends`] | Jaeger, SigNoz, and any other OTLP backend |
//! | [`reference`](mod@reference) | versions, a second `opentelemetry`, the specification, cost |
//!
//! [`InSpan`](crate::InSpan) and [`MainSpan`](crate::MainSpan) document what a span records.

// Pages that are not compiled here need more crates: the packages in `tests` compile them.

#[doc = include_str!("guide/backends.md")]
pub mod backends {}

#[cfg(not(doctest))]
pub mod batch_jobs;

#[doc = include_str!("guide/broken_traces.md")]
pub mod broken_traces {}

#[cfg(not(doctest))]
pub mod builders;

#[cfg(not(doctest))]
pub mod end_of_main;

#[doc = include_str!("guide/languages.md")]
pub mod languages {}

#[doc = include_str!("guide/launchers.md")]
pub mod launchers {}

#[cfg_attr(not(doctest), doc = include_str!("guide/propagators.md"))]
pub mod propagators {}

#[doc = include_str!("guide/recipes.md")]
pub mod recipes {}

#[doc = include_str!("guide/reference.md")]
pub mod reference {}

// Also a doc test of the versions for older `opentelemetry`: see `.ci/lines`.
#[cfg_attr(any(not(doctest), feature = "tokio"), doc = include_str!("guide/tracing.md"))]
pub mod tracing {}
