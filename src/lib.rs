//! Continue an OpenTelemetry trace in the processes that you start.
//!
//! A parent hands its context on in the environment of the child that it starts, and the child
//! reads it at the top of `main`. The variables are `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, or
//! whatever the propagator in use asks for. Between the two there may be anything that passes an
//! environment on: a shell, `make`, a batch scheduler, a container.
//!
//! The parent:
//!
//! ```no_run
//! use std::process::Command;
//!
//! use opentelemetry_env_carrier::WithTraceContext as _;
//!
//! # fn main() -> std::io::Result<()> {
//! Command::new("worker").arg("--fast").with_trace_context().spawn()?;
//! # Ok(())
//! # }
//! ```
//!
//! The child:
//!
//! ```
//! let parent = opentelemetry_env_carrier::extract_parent_context();
//! let _guard = parent.attach(); // every span from here on joins the parent's trace
//! ```
//!
//! Nothing has to be configured: where no global propagator has been set, W3C trace context and
//! baggage are used, or what `OTEL_PROPAGATORS` names.
//!
//! # Where to look
//!
//! | you have | look at |
//! | --- | --- |
//! | a child to start, as a `Command` of `std`, `tokio` or `async-process` | [`WithTraceContext`] |
//! | a child to start in another way: a container, a job manifest, a PTY | [`WithTraceContext`] on a list or a map, or [`WriteEnv`] for a type of your own |
//! | a child that is to know nothing of the trace | [`WithTraceContext::without_trace_context`] |
//! | a process that was started by a parent | [`extract_parent_context`] |
//! | a trace that is broken, and want to know why | [`try_extract_parent_context`] |
//! | a propagator and a context of your own | [`EnvCarrier`] |
//! | a manifest or a script to generate | [`normalize`] |
//! | `tokio`, `tracing`, B3, `sudo`, `ssh`, a container, another language | the [guide] |
//!
//! # What it promises
//!
//! 1. **Exact or transparent, never mixed.** A child gets exactly the variables that the propagator
//!    wrote for the context, and nothing stale beside them; or, if it wrote nothing, exactly what
//!    it would have got anyway. See [`WithTraceContext`].
//! 2. **It never harms its host.** It does not panic, it prints nothing, it has no `unsafe` code. What
//!    would keep a child from starting is left out. Its errors, warnings and `Debug` output show
//!    names, and never a value.
//! 3. **It never changes the environment of its own process.**
//! 4. **It costs what careful code by hand costs**: for W3C trace context and baggage, not one heap
//!    allocation more.
//! 5. **One way to read each name.** Where a variable stands twice, the first counts, as with
//!    `getenv`.
//!
//! # How to use it well
//!
//! This is the guidance of the specification,
//! [*Environment Variables as Context Propagation Carriers*][specification], which the crate
//! follows throughout:
//!
//! - Extract once, when the process starts, before the first span.
//! - Write to the environment of the child, never to that of the process itself.
//! - Put no secrets into baggage: an environment can be read by other processes of the same user,
//!   and goes on to every child.
//!
//! Whoever starts a program chooses the trace that it joins and the baggage that it reads. Where
//! that may be anybody, treat both as input.
//!
//! # Features
//!
//! | feature | default | brings |
//! | --- | --- | --- |
//! | `w3c` | yes | the propagators that `OTEL_PROPAGATORS` names (`tracecontext`, `baggage`), where no global one has been set; needs `opentelemetry_sdk` |
//! | `internal-logs` | yes | warnings through `tracing`, as in the OpenTelemetry crates |
//! | `tokio` | no | [`WriteEnv`] for `tokio::process::Command` |
//! | `async-process` | no | [`WriteEnv`] for `async_process::Command` |
//!
//! Without default features it needs `opentelemetry` and `thiserror` alone, as suits a library.
//!
//! [specification]: https://opentelemetry.io/docs/specs/otel/context/env-carriers/

#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod log;

mod carrier;
mod environment;
mod error;
mod extract;
mod in_span;
mod inject;
mod name;
mod propagator;

pub use carrier::EnvCarrier;
pub use environment::{EnvChanges, ProcessEnv, ReadEnv, WriteEnv};
pub use error::ExtractError;
pub use extract::{
    extract_parent_context, extract_parent_context_using, try_extract_parent_context,
};
pub use in_span::{ChildInSpan, CommandInSpan, InSpan};
pub use inject::WithTraceContext;
pub use name::{is_normalized, normalize};

#[cfg(any(doc, doctest))]
pub mod guide;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
