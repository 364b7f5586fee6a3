//! A command in a span of its own. A tracer provider is global, so each case runs in a process of its
//! own, which exports to memory, checks for itself, and has nothing to say if all is well.

mod concurrency;
mod futures;
mod kinds;
mod propagation;
mod spans;
mod streams;

use std::future::Future;
use std::io::{self, Read as _, Write as _};
use std::process::exit;

use libtest_mimic::Trial;
use opentelemetry::global;
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, ShouldSample};
use tokio::runtime::Runtime;

use crate::fixtures::contexts::STALE;
use crate::fixtures::roles::{self, Role, child_succeeds_silently, unless_it_hangs};

use self::kinds::{AsyncProcess, Kind as _, Std, Tokio};

/// A role that is played with the kind of command that its argument begins with.
macro_rules! with {
    ([$($kind:ident)*], $module:ident::$play:ident) => {
        |argument| {
            let (kind, argument) = argument.split_once(' ').unwrap();
            unless_it_hangs(|| match kind {
                $($kind::NAME => $module::$play::<$kind>(argument),)*
                _ => unreachable!("{kind}"),
            });
        }
    };
}

pub(crate) const ROLES: &[Role] = &[
    ("records a span", with!([Std Tokio AsyncProcess], spans::check)),
    ("propagates a span", with!([Std Tokio AsyncProcess], propagation::check)),
    ("runs a command", with!([Std Tokio AsyncProcess], streams::run)),
    #[cfg(target_os = "linux")]
    ("cannot wait", |argument| unless_it_hangs(|| spans::cannot_wait(argument))),
    ("spawns two", with!([Std Tokio AsyncProcess], concurrency::spawn_two)),
    (
        "spawns while suppressed",
        with!([Std Tokio AsyncProcess], concurrency::spawn_while_suppressed),
    ),
    ("spawns under tracing", with!([Std Tokio AsyncProcess], concurrency::spawn_under_tracing)),
    ("spawns many", with!([Tokio AsyncProcess], concurrency::spawn_many)),
    ("waits in a loop", with!([Tokio AsyncProcess], futures::wait_in_a_loop)),
    ("drops a future", with!([Tokio AsyncProcess], futures::drop_one)),
    ("uses tokio", |case| unless_it_hangs(|| futures::on_tokio(case))),
    // The children.
    ("exits with", |code| exit(code.parse().unwrap())),
    ("reads its input and exits with", |code| {
        io::copy(&mut io::stdin(), &mut io::sink()).unwrap();
        exit(code.parse().unwrap());
    }),
    ("answers its input and exits with", |code| {
        let mut input = String::new();
        io::stdin().read_to_string(&mut input).unwrap();
        // Nobody may read them.
        _ = write!(io::stdout(), "answer to {input:?};");
        _ = write!(io::stderr(), "error for {input:?};");
        exit(code.parse().unwrap());
    }),
    ("child with an exit code", |code| {
        roles::show_parent();
        exit(code.parse().unwrap());
    }),
    ("child that reports its end", futures::child_that_reports_its_end),
    ("writes a megabyte", |_| {
        let written = io::stdout().write_all(&[b'.'; 1 << 20]);
        exit(if written.is_ok() { 0 } else { 4 });
    }),
];

pub(crate) fn tests() -> Vec<Trial> {
    [spans::tests(), propagation::tests(), streams::tests(), concurrency::tests(), futures::tests()]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(not(windows))]
const KINDS: [&str; 3] = [Std::NAME, Tokio::NAME, AsyncProcess::NAME];
/// Under Wine a process takes long to start. What the kinds have in common is tested with one.
#[cfg(windows)]
const KINDS: [&str; 1] = [Std::NAME];
const ASYNC_KINDS: [&str; 2] = [Tokio::NAME, AsyncProcess::NAME];

/// The process of the test inherits a stale context.
fn test(name: String, role: &'static str, arguments: String) -> Trial {
    Trial::test(name, move || {
        let mut process = roles::command(role, arguments);
        child_succeeds_silently(process.env_clear().envs(STALE.iter().copied()))
    })
}

/// Exports each span of this process to memory when it ends.
fn export_spans(sampler: impl ShouldSample + 'static) -> InMemorySpanExporter {
    let exporter = InMemorySpanExporter::default();
    global::set_tracer_provider(
        SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_simple_exporter(exporter.clone())
            .build(),
    );
    exporter
}

fn always_on() -> Sampler {
    Sampler::AlwaysOn
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    Runtime::new().unwrap().block_on(future)
}
