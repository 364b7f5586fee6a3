//! # Async runtimes and builders
//!
//! For programs that spawn children with anything but `std::process::Command`, or that send a list of variables to
//! something that spawns for them.
//!
//! | crate | inject with |
//! | --- | --- |
//! | `tokio` 1 | [`with_trace_context()`](#async-runtimes), with the feature `tokio` |
//! | `async-process` 2, `smol` 2 | the same, with the feature `async-process` |
//! | `process-wrap` 10 | `wrap.command_mut().with_trace_context()` |
//! | `command-group` 5 | `command.with_trace_context().group_spawn()` |
//! | [`duct`](#duct) 1, `xshell` 0.2, `subprocess` 1 | `EnvChanges` |
//! | [`portable-pty`](#portable-pty) 0.9 | `EnvChanges` |
//! | [`bollard`](#bollard) 0.21 | a `Vec` to create a container, `EnvChanges` to execute a command in one |
//! | [`k8s-openapi`](#k8s-openapi) 0.29 | a `Vec` |
//! | `ssh`, `sudo`, `docker run`: [remote shells](#remote-shells) | `in_span()` and names, or a `Vec` |
//! | [your own](#a-type-of-your-own) | `WriteEnv` |
//!
//! Tests cover each row: for `bollard`, `k8s-openapi` and a type of your own the list that would be sent, for the others
//! real children (of `process-wrap`, `command-group`, `portable-pty` and a shell on Unix only; of `ssh` and `sudo` on
//! Linux only, where a script takes the place of `docker`).
//!
//! A child that inherits the environment needs [`EnvChanges`](crate::EnvChanges): stale variables must be unset,
//! and a `Vec` cannot say which. A new container inherits nothing, so for it a `Vec` is right.
//!
//! ## Async runtimes
//!
//! `with_trace_context()` and `in_span()` read the current context, which belongs to a thread. Attach it once, in the
//! body of `#[tokio::main]`, which stays on its thread. In a future of `join!` or `select!` use `with_context`: what is
//! attached there leaks into the others. Tasks of `tokio::spawn` and `spawn_blocking` may run on other threads, where
//! nothing is attached. Use one of these:
//!
//! - [`MainSpan`](crate::MainSpan), to which this crate falls back on every thread without a current span.
//! - `with_context`, of OpenTelemetry, which attaches a context whenever a future runs. In the closure of
//!   `spawn_blocking`: `let _guard = cx.attach();`.
//! - A `tracing` span and [`in_current_span()`](crate::guide::tracing).
//!
//! ```rust,no_run
//! use std::io;
//!
//! use opentelemetry::Context;
//! use opentelemetry::trace::FutureExt as _;
//! use opentelemetry_env_carrier::{InSpan as _, extract_parent_context};
//! use tokio::process::Command;
//!
//! #[tokio::main]
//! async fn main() -> io::Result<()> {
//!     let parent: Context = extract_parent_context();
//!     let _guard = parent.attach();
//!     tokio::spawn(make().with_context(Context::current())).await?
//! }
//!
//! async fn make() -> io::Result<()> {
//!     Command::new("make").in_span().status().await.map(drop)
//! }
//! ```
//!
//! ## `duct`
//!
//! `xshell::Cmd` and `subprocess::Exec` have the same two methods, so the same loop.
//!
#![doc = "```rust"]
#![doc = include_str!("builders/duct.rs")]
#![doc = "```"]
//! With `duct`, inject once: of two calls that set a variable, the first wins.
//!
//! ## `portable-pty`
//!
//! `in_span()` is for a `Command` only, so this makes the span with `ChildSpan`:
//!
#![doc = "```rust"]
#![doc = include_str!("builders/portable_pty.rs")]
#![doc = "```"]
//! When the child has exited: `span.end_with_code(child.wait()?.exit_code() as i32)`.
//!
//! ## `bollard`
//!
//! For a new container, inject into a `Vec<(String, String)>`, and format it as `NAME=value`. A command in a running
//! container inherits the container's variables. Docker unsets a variable that is listed by name only:
//!
#![doc = "```rust"]
#![doc = include_str!("builders/bollard_exec.rs")]
#![doc = "```"]
//! ## `k8s-openapi`
//!
#![doc = "```rust"]
#![doc = include_str!("builders/k8s_openapi.rs")]
#![doc = "```"]
//! A manifest that is applied twice, and a pod that restarts: see [batch jobs](crate::guide::batch_jobs#the-job).
//!
//! ## Remote shells
//!
//! What `ssh`, `sudo` and `docker run` start does not inherit their environment. It must receive the context of the span
//! around *them*. By name they take variables from their own environment, where `in_span()` has set them:
//!
#![doc = "```rust"]
#![doc = include_str!("builders/by_name.rs")]
#![doc = "```"]
//! A server that accepts no names needs the values, in a line such as `TRACEPARENT='00-…' worker --fast`. Start the
//! span first: a line that is made before `in_span()` puts the worker beside the span around `ssh`, not under it. Quote
//! the values, which may contain what a shell would interpret:
//!
#![doc = "```rust"]
#![doc = include_str!("builders/shell.rs")]
#![doc = "```"]
//! What else drops the context, and how to forward it: see [launchers](crate::guide::launchers).
//!
//! ## A type of your own
//!
//! Implement [`WriteEnv`](crate::WriteEnv), as here for a list of `NAME=value`:
//!
#![doc = "```rust"]
#![doc = include_str!("builders/write_env.rs")]
#![doc = "```"]
//! If the child also inherits variables that are not in the list, `remove_var` must unset those. On Windows,
//! compare names with `eq_ignore_ascii_case`.
