//! Propagate an OpenTelemetry context to child processes, in their environment.
//!
//! A parent injects its context (the current span, and baggage: your key-value pairs) into the environment
//! of the child that it is about to spawn. The child extracts it at the start of `main`. The variables are
//! `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, or those of another propagator (a wire format). Between the
//! two there may be anything that forwards an environment: a shell, `make`, a batch scheduler.
//!
//! The parent, with a span of its own around the child:
//!
//! ```no_run
//! use std::process::Command;
//!
//! use opentelemetry_env_carrier::InSpan as _;
//!
//! # fn main() -> std::io::Result<()> {
//! let status = Command::new("make").arg("test").in_span().status()?;
//! # Ok(())
//! # }
//! ```
//!
//! The parent, within the current span (that of `MainSpan`, for example):
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
//! Parent or child, with a span around its `main`, and a shutdown that exports it:
//!
//! ```
//! use std::process::ExitCode;
//!
//! use opentelemetry_env_carrier::MainSpan;
//!
//! # #[derive(Clone)] struct Provider;
//! # impl Provider { fn shutdown(&self) {} }
//! # fn provider() -> Provider { Provider }
//! fn main() -> ExitCode {
//!     let provider = provider(); // the global one, as on the guide's page on the end of `main`
//!     let span = MainSpan::builder().with_shutdown(move || provider.shutdown()).start();
//!     span.end(run())
//! }
//! # fn run() {}
//! ```
//!
//! The child that wants no span of its own:
//!
//! ```
//! // Naming the type makes a second version of `opentelemetry` in the program a compile error.
//! let parent: opentelemetry::Context = opentelemetry_env_carrier::extract_parent_context();
//! let _guard = parent.attach();
//! ```
//!
//! Spans need a global tracer provider. The default propagators need no set-up. The version of this crate is
//! that of `opentelemetry`: see [`guide::reference`].
//!
//! # Where to look
//!
//! | you have | look at |
//! | --- | --- |
//! | a `Command` of `std`, `tokio` or `async-process` | [`WithTraceContext`], [`InSpan`] |
//! | another builder, a container, a job manifest, a PTY | [`EnvChanges`], [`ChildSpan`] |
//! | a program that was spawned | [`MainSpan`], [`extract_parent_context`] |
//! | an allow-list of variables | [`context_variables`] |
//! | a propagator and a context of your own | [`EnvCarrier`] |
//! | a variable's name to compute | [`normalize`] |
//! | a broken trace, `tracing`, B3, `sudo`, Docker, another language | the [guide] |
//!
//! # Promises
//!
//! 1. **Exact or transparent, never mixed.** If the propagator writes anything, the child receives
//!    exactly that, and every other variable that the propagator declares is unset. If it writes
//!    nothing, the child receives what it would have received without the call. A child never leaves the
//!    trace of its ancestors because a thread has no current span, or only baggage. See
//!    [`WithTraceContext`]. (A propagator for trace context alone does not declare `BAGGAGE`, so an
//!    ancestor's is inherited.)
//! 2. **It never harms its host.** It does not panic, deadlock, or use `unsafe` code. Values that
//!    would prevent the spawn are skipped. Errors, logs and `Debug` output show names, never values.
//!    (In destructors of thread-locals, and in `atexit`, `Context::current()` may panic, so this may, too. Arguments
//!    and variables together may be longer than the system allows.)
//! 3. **It never changes the environment of its own process.**
//! 4. **Injecting or extracting costs about 1.1 times careful code by hand**, and for W3C trace context
//!    and baggage not one heap allocation more. See [`guide::reference`].
//! 5. **One way to read each name.** See [`ReadEnv`].
//! 6. **It logs what it did**, to the target `opentelemetry_env_carrier`. At `DEBUG`: each injection and
//!    each extraction, by name, and that there was nothing to inject. At `INFO` and above: nothing, unless
//!    something is wrong. Events have no parent span, so `tracing-opentelemetry` does not add them to
//!    yours. See [`guide::broken_traces`].
//!
//! # Security
//!
//! - **No secrets.** Other processes of the same user can read an environment, and every child inherits
//!   it. Put no secrets into baggage.
//! - **Trust.** The parent process controls the trace and the baggage. Treat both as untrusted input.
//! - **Third-party programs** receive the trace and the baggage like any other child.
//!   [`without_trace_context`](WithTraceContext::without_trace_context) removes them, inherited ones
//!   included. Call it last, or on the span: `in_span()` after it injects again.
//! - **`Debug`.** The `Debug` output of a [`std::process::Command`] shows the variables that were set on
//!   it, baggage among them.
//! - **The SDK's logs.** The feature `internal-logs` of `opentelemetry_sdk`, on by default, logs malformed
//!   baggage with its value. This crate does not enable it; to avoid it, set `default-features = false` on
//!   `opentelemetry_sdk` and `opentelemetry-otlp`.
//!
//! # Good practice
//!
//! The [specification] recommends:
//!
//! - Extract once, when the process starts, before the first span.
//! - Write to the environment of the child, never to that of the process itself.
//!
//! # Platform notes
//!
//! On Windows names of variables ignore case: a lookup in the environment of the process or in a
//! [`Command`](std::process::Command) finds a variable in any case, and a variable that is set or unset
//! replaces one that differs only in case. In maps and lists a lookup is exact. Elsewhere `traceparent` and
//! `TRACEPARENT` are two variables, and only the latter is the context.
//!
//! The tests run on Linux and, under Wine, on Windows.
//!
//! # Features
//!
//! | feature | default | enables |
//! | --- | --- | --- |
//! | `w3c` | yes | the [fallback](guide::propagators) if no global propagator is set; needs `opentelemetry_sdk` |
//! | `internal-logs` | yes | logs to a subscriber of `tracing`, if there is one |
//! | `tokio` | no | [`WithTraceContext`] and [`InSpan`] for `tokio::process::Command` |
//! | `async-process` | no | [`WithTraceContext`] and [`InSpan`] for `async_process::Command` |
//!
//! Without default features the crate depends only on `opentelemetry` and `thiserror`.
//!
//! [specification]: https://opentelemetry.io/docs/specs/otel/context/env-carriers/

#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod debug;
#[macro_use]
mod log;

mod carrier;
mod context;
mod environment;
mod error;
mod extract;
mod inject;
mod name;
mod propagator;
mod span;

pub use carrier::EnvCarrier;
pub use environment::{ProcessEnv, ReadEnv, WriteEnv};
pub use error::ExtractError;
pub use extract::{
    extract_parent_context, extract_parent_context_using, try_extract_parent_context,
};
pub use inject::{EnvChanges, EnvChangesIter, WithTraceContext, context_variables};
pub use name::{is_normalized, normalize};
pub use span::{
    ChildInSpan, ChildSpan, ChildSpanBuilder, CommandInSpan, InSpan, MainSpan, MainSpanBuilder,
    MainSpanHandle,
};

#[cfg(any(doc, doctest))]
pub mod guide;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
