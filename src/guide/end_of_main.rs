//! # The end of `main`
//!
//! Spans are exported in batches, after they have ended. A process that is gone too early loses them.
//!
//! The programs on this page are complete, and tests run them: with `telemetry.rs`, which each of them uses, as a
//! module of the program. It takes `opentelemetry`, `opentelemetry_sdk` and `opentelemetry-otlp`.
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/telemetry.rs")]
#![doc = "```"]
//! - [`with_shutdown`](crate::MainSpanBuilder::with_shutdown) runs however `main` is left. The shutdown is explicit,
//!   because the global keeps a clone of the provider, so dropping yours exports nothing.
//! - A collector that does not answer must not hang or fail the program. So the wait is limited, and the error is
//!   ignored. (`shutdown()` waits for 5 seconds. `shutdown_with_timeout` is there from
//!   `opentelemetry_sdk` 0.30 on.)
//! - Retries would make each process slower [if nobody listens](crate::guide::backends#if-nobody-listens).
//!   (`RetryPolicy` is there from 0.33 on. Up to 0.32 nothing is retried unless you ask for it.)
//! - The SDK logs through `tracing` what it could not export, unless you set `default-features = false` on the three
//!   `opentelemetry*` crates.
//!
//! To export only where somebody asks for it, four lines more:
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/optional.rs")]
#![doc = "```"]
//! ## Return from `main`
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/returns.rs")]
#![doc = "```"]
//! Also an `Err`, `?` and a panic end the span, and it is exported. With `panic = "abort"` a panic drops nothing;
//! then call [`end_with_code(101)`](crate::MainSpanHandle::end_with_code) in a panic hook, on a
//! [handle](crate::MainSpan::handle). (Not for a panic of a span processor: that would wait for itself.)
//!
//! ## `process::exit`, and `clap`
//!
//! `exit` drops nothing, so end the span first. Two lines, wherever the program exits:
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/exits.rs")]
#![doc = "```"]
//! ## Signals
//!
//! By default they end the process and drop nothing. With the crate `signal-hook`, they end the span first, and then
//! the process as they would have, so that its own parent sees the same. A second signal ends it at once, even while
//! the first one waits for a collector. The programs below need this module:
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/signals.rs")]
#![doc = "```"]
//! **A program that waits for children** looks at the signal after each wait, before it spawns the next child. Ctrl-C
//! reaches its child, too, so the wait is over soon. The price: a signal that is sent to the program alone waits for its
//! child. (With several children at once, look at the signal in the loop that polls them.) In place of
//! `process::exit`, return `caught.end(span, ExitCode::from(code))`.
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/waits.rs")]
#![doc = "```"]
//! **A program that computes** has a thread that ends the span through a [handle](crate::MainSpan::handle). With the
//! `ctrlc` crate, the handler does what the thread does. This is not for a program that spawns: until the spans are
//! exported its `main` goes on, and would spawn its next child.
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/computes.rs")]
#![doc = "```"]
//! Spans of children that are still open end with that of `main`. Nothing can be done about `SIGKILL`. On Windows,
//! call `end_with_code` in the handler of Ctrl-C.
//!
//! A signal that was ignored when the program started (by `nohup`) must stay ignored. How to know that is shown for
//! Linux only.
//!
//! ## `exec`
//!
//! The new program takes the place of this one, so nothing is dropped:
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/execs.rs")]
#![doc = "```"]
//! ## `fork`
//!
//! Fork, or call what daemonizes, before the provider is set up and before `MainSpan`. The threads of a provider
//! do not live on in the child, and a span that both processes end is exported twice.
//!
//! Destructors of thread-locals, and functions of `atexit`, are too late for all of this: `Context::current()` itself
//! may panic there.
//!
//! ## `tokio`
//!
//! The future of `main` stays on its thread, so `MainSpan` is current after each `await`, too. In spawned tasks this
//! crate falls back to it: see [async runtimes](crate::guide::builders#async-runtimes). A signal ends this program at
//! once, and leaves its children, as without telemetry:
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/async_main.rs")]
#![doc = "```"]
//! `#[tokio::main]` is enough if no task runs on. It drops the runtime only after the body, and so after `MainSpan`. A
//! span of `tracing` that a task still holds is then lost, and so are those above it, up to the root: `with_shutdown`
//! ends the spans of this crate, not those. So leave, or drop, whatever has one before the span of `main` ends, also
//! before [`process::exit`](std::process::exit).
//!
//! The batch processor of the SDK has a thread of its own, so the shutdown may block. That of
//! `experimental_trace_batch_span_processor_with_async_runtime`, and a gRPC exporter in a runtime with
//! `flavor = "current_thread"`, need the very thread that waits for them: they do not shut down in time.
//!
//! ## Servers
//!
//! A server outlives the span that it was started in, and its requests have parents of their own. So its `MainSpan`
//! is only around the start, and [linked](crate::MainSpanBuilder::with_linked_parent): a trace of its own, with a link
//! to the starter's. Outside of a request, children get a trace of their own, or else they join the starter's.
//!
#![doc = "```rust"]
#![doc = include_str!("end_of_main/serves.rs")]
#![doc = "```"]
//! For signals see [above](#signals): this server ends by its own `stop`, and a signal would lose its last spans.
//!
//! A server that may have no provider says `in_span().without_trace_context()`.
//!
//! A queued job, a daemon or a restarted container is no server: it has a `MainSpan` to its end,
//! `MainSpan::builder().with_linked_parent()`.
