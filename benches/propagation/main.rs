//! What it costs to inject a context, and to extract it, in environments of several sizes:
//!
//! - with this crate and by hand, a line for each variable, side by side;
//! - via a map, as it is usually done;
//! - with a no-op carrier, which leaves the propagators alone.
//!
//! And what that is beside spawning a process, with a span around it and without; and what a span around
//! `main` costs.

mod main_by_hand;
mod span_by_hand;
mod via_map;

#[path = "../../tests/fixtures/by_hand.rs"]
mod by_hand;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../../tests/fixtures/contexts.rs"]
mod contexts;

use std::hint::black_box;
use std::process::{Command, ExitStatus, exit};
use std::time::{Duration, Instant};
use std::{env, io};

use criterion::{BatchSize, Criterion};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{
    InSpan as _, MainSpan, WithTraceContext as _, extract_parent_context, normalize,
};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::SdkTracerProvider;

/// How many variables this program has when it is run again.
const VARIABLES: &str = "BENCH_VARIABLES";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    if let Ok(variables) = env::var(VARIABLES) {
        inject(&mut criterion, &variables);
        extract(&mut criterion, &variables);
    } else {
        name(&mut criterion);
        process();
        main_span();
        // What is to be extracted must be in the environment from the start.
        for variables in [10, 100, 1_000] {
            let status = rerun_self(variables).status().unwrap();
            if !status.success() {
                exit(1);
            }
        }
    }
    criterion.final_summary();
}

/// This program, with just so many variables, the context among them.
fn rerun_self(variables: usize) -> Command {
    let needed = ["PATH", "HOME", "CARGO", "CARGO_MANIFEST_DIR", "CARGO_TARGET_DIR"];
    let needed = needed.iter().filter_map(|name| Some((name, env::var_os(name)?)));
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(env::args_os().skip(1)).env_clear().envs(needed);
    command.env(VARIABLES, variables.to_string()).with_trace_context_from(&context());
    let missing = variables - command.get_envs().count();
    command.envs((0..missing).map(|n| (format!("OTHER_VARIABLE_{n}"), format!("value {n}"))));
    command
}

fn inject(criterion: &mut Criterion, variables: &str) {
    let cx = context();
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let propagators: [&dyn TextMapPropagator; 2] = [&w3c, &baggage];
    let this_crate = |command: &mut Command| _ = command.with_trace_context_from(&cx);
    let by_hand = |command: &mut Command| by_hand::inject(command, &propagators, &cx);

    let timed = |inject: &dyn Fn(&mut Command)| {
        let mut commands: Vec<Command> = (0..CALLS).map(|_| Command::new("child")).collect();
        let start = Instant::now();
        commands.iter_mut().for_each(inject);
        start.elapsed()
    };
    side_by_side(
        &format!("inject, {variables} variables"),
        || timed(&this_crate),
        || timed(&by_hand),
    );

    let mut group = criterion.benchmark_group(format!("inject, {variables} variables"));
    let mut contender = |name: &str, inject: &dyn Fn(&mut Command)| {
        let command = || Command::new("child");
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(command, inject, BatchSize::SmallInput);
        });
    };
    contender("via a map", &|command| via_map::inject(command, &propagators, &cx));
    contender("no-op carrier", &|_| {
        for propagator in propagators {
            propagator.inject_context(&cx, &mut NoopCarrier);
        }
    });
}

fn extract(criterion: &mut Criterion, variables: &str) {
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let propagators: [&dyn TextMapPropagator; 2] = [&w3c, &baggage];
    let by_hand = || by_hand::extract(&propagators);

    let timed = |extract: &dyn Fn() -> Context| {
        let start = Instant::now();
        (0..CALLS).for_each(|_| drop(black_box(extract())));
        start.elapsed()
    };
    side_by_side(
        &format!("extract, {variables} variables"),
        || timed(&extract_parent_context),
        || timed(&by_hand),
    );

    let mut group = criterion.benchmark_group(format!("extract, {variables} variables"));
    let mut contender = |name: &str, extract: &dyn Fn() -> Context| {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(extract())));
    };
    contender("via a map", &|| via_map::extract(&propagators));
    contender("no-op carrier", &|| {
        let cx = w3c.extract_with_context(&Context::current(), &NoopCarrier);
        baggage.extract_with_context(&cx, &NoopCarrier)
    });
}

/// How many calls are timed together.
const CALLS: u32 = 200;

/// By turns, so that whatever else the machine does slows both down. The fastest turn of each is
/// reported, because noise only adds.
fn side_by_side(what: &str, this_crate: impl Fn() -> Duration, by_hand: impl Fn() -> Duration) {
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..2_000 {
        fastest = [fastest[0].min(this_crate()), fastest[1].min(by_hand())];
    }
    let [this_crate, by_hand] = fastest.map(|time| time.as_secs_f64() * 1e9 / f64::from(CALLS));
    let times = this_crate / by_hand;
    println!("{what}: {this_crate:.0} ns, by hand {by_hand:.0} ns: {times:.3} times");
}

fn name(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("normalize");
    let long = "a-long-key.".repeat(10);
    for (name, key) in [("short", "x-b3-traceid"), ("long", &*long), ("normal", "X_B3_TRACEID")] {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(normalize(black_box(key)))));
    }
}

type Spawn<'a> = dyn Fn(&mut Command) -> io::Result<ExitStatus> + 'a;

/// Spawns `true` 500 times in each way, by turns, because a process takes its time by chance.
fn process() {
    global::set_tracer_provider(SdkTracerProvider::default());
    let cx = context();
    let mut variables: Vec<(String, String)> = Vec::new();
    variables.with_trace_context_from(&cx);
    let ways: [(&str, &Spawn); 5] = [
        ("without a context", &|command| command.status()),
        ("with a context", &|command| command.with_trace_context_from(&cx).status()),
        ("with its variables set by hand", &|command| {
            command.envs(variables.iter().cloned()).status()
        }),
        ("in a span by hand", &|command| span_by_hand::status(command)),
        ("in a span", &|command| command.in_span().status()),
    ];
    let mut times = ways.map(|_| Vec::new());
    for _ in 0..500 {
        for ((_, spawn), times) in ways.iter().zip(&mut times) {
            let start = Instant::now();
            assert!(spawn(&mut Command::new("true")).unwrap().success());
            times.push(start.elapsed());
        }
    }
    for ((name, _), mut times) in ways.iter().zip(times) {
        times.sort_unstable();
        println!("spawn true {name}: {:?}", times[times.len() / 2]);
    }
}

fn main_span() {
    let timed = |run: &dyn Fn(i32)| {
        let start = Instant::now();
        (0..CALLS).for_each(|_| run(black_box(1)));
        start.elapsed()
    };
    let this_crate = |code| MainSpan::start().end_with_code(code);
    let by_hand = main_by_hand::main_with;
    side_by_side("a span around main", || timed(&this_crate), || timed(&by_hand));
}

/// A span with tracestate and baggage: all three variables.
fn context() -> Context {
    (contexts::ALL.cx)()
}

/// A carrier that does nothing.
struct NoopCarrier;

impl Injector for NoopCarrier {
    fn set(&mut self, key: &str, value: String) {
        black_box((key, value));
    }
}

impl Extractor for NoopCarrier {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(contexts::TRACEPARENT),
            "tracestate" => Some("vendor=value"),
            _ => Some("build.id=42"),
        }
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}
