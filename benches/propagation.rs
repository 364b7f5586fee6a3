//! What it costs to hand a context on, and to read it back, in environments of several sizes:
//!
//! - with this crate;
//! - by hand, a line for each variable;
//! - the usual way, through a map;
//! - the floor: the propagators alone, on a carrier that does nothing.
//!
//! And what that is beside starting a process.

mod by_hand;
mod usual;

use std::env;
use std::hint::black_box;
use std::process::{Command, exit};
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::{WithTraceContext as _, extract_parent_context, normalize};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

/// Tells this program, started again, how many variables it has.
const VARIABLES: &str = "BENCH_VARIABLES";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    if let Ok(variables) = env::var(VARIABLES) {
        inject_side_by_side(&variables);
        extract_side_by_side(&variables);
        if env::var_os("ONLY").is_some() {
            return;
        }
        inject(&mut criterion, &variables);
        extract(&mut criterion, &variables);
    } else {
        if env::var_os("ONLY").is_none() {
            name(&mut criterion);
            process();
        }
        // What is to be extracted must have been in the environment from the start.
        for variables in [10, 100, 1_000] {
            let status = again(variables).status().unwrap();
            if !status.success() {
                exit(1);
            }
        }
    }
    criterion.final_summary();
}

/// This program, with just so many variables, the context among them.
fn again(variables: usize) -> Command {
    let needed = ["PATH", "HOME", "CARGO", "CARGO_MANIFEST_DIR", "CARGO_TARGET_DIR", "ONLY"];
    let needed = needed.iter().filter_map(|name| Some((name, env::var_os(name)?)));
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(env::args_os().skip(1)).env_clear().envs(needed);
    again.env(VARIABLES, variables.to_string()).with_trace_context_from(&context());
    let missing = variables - again.get_envs().count();
    again.envs((0..missing).map(|n| (format!("OTHER_VARIABLE_{n}"), format!("value {n}"))));
    again
}

fn inject(criterion: &mut Criterion, variables: &str) {
    let cx = context();
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let propagators: [&dyn TextMapPropagator; 2] = [&w3c, &baggage];
    let mut group = criterion.benchmark_group(format!("inject, {variables} variables"));
    let mut contender = |name: &str, inject: &dyn Fn(&mut Command)| {
        let command = || Command::new("child");
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(command, inject, BatchSize::SmallInput);
        });
    };
    contender("this crate", &|command| _ = command.with_trace_context_from(&cx));
    contender("by hand", &|command| by_hand::inject(command, &propagators, &cx));
    contender("usual", &|command| usual::inject(command, &propagators, &cx));
    contender("floor", &|_| {
        for propagator in propagators {
            propagator.inject_context(&cx, &mut Floor);
        }
    });
}

fn extract(criterion: &mut Criterion, variables: &str) {
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let propagators: [&dyn TextMapPropagator; 2] = [&w3c, &baggage];
    let mut group = criterion.benchmark_group(format!("extract, {variables} variables"));
    let mut contender = |name: &str, extract: &dyn Fn() -> Context| {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(extract())));
    };
    contender("this crate", &extract_parent_context);
    contender("by hand", &|| by_hand::extract(&propagators));
    contender("usual", &|| usual::extract(&propagators));
    contender("floor", &|| {
        let cx = w3c.extract_with_context(&Context::current(), &Floor);
        baggage.extract_with_context(&cx, &Floor)
    });
}

/// By turns, so that whatever else the machine does slows both down. The fastest of each counts,
/// because noise only adds.
fn side_by_side(
    what: &str,
    variables: &str,
    ours: &dyn Fn() -> Duration,
    by_hand: &dyn Fn() -> Duration,
) {
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..2_000 {
        fastest[0] = fastest[0].min(ours());
        fastest[1] = fastest[1].min(by_hand());
    }
    let [ours, by_hand] = fastest.map(|time| time.as_secs_f64() * 1e9 / f64::from(CALLS));
    println!(
        "{what}, {variables} variables: {ours:.0} ns, {by_hand:.0} ns by hand, {:.3} times",
        ours / by_hand
    );
}

const CALLS: u32 = 200;

fn inject_side_by_side(variables: &str) {
    let cx = context();
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let propagators: [&dyn TextMapPropagator; 2] = [&w3c, &baggage];
    let time = |inject: &dyn Fn(&mut Command)| {
        let mut commands: Vec<Command> = (0..CALLS).map(|_| Command::new("child")).collect();
        let start = Instant::now();
        for c in &mut commands {
            inject(c)
        }
        start.elapsed()
    };
    side_by_side(
        "inject",
        variables,
        &|| time(&|command| _ = command.with_trace_context_from(&cx)),
        &|| time(&|command| by_hand::inject(command, &propagators, &cx)),
    );
}

fn extract_side_by_side(variables: &str) {
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let propagators: [&dyn TextMapPropagator; 2] = [&w3c, &baggage];
    let time = |extract: &dyn Fn() -> Context| {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(extract());
        }
        start.elapsed()
    };
    side_by_side("extract", variables, &|| time(&extract_parent_context), &|| {
        time(&|| by_hand::extract(&propagators))
    });
}

fn name(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("normalize");
    let long = "a-long-key.".repeat(10);
    for (name, key) in [("short", "x-b3-traceid"), ("long", &*long), ("normal", "X_B3_TRACEID")] {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(normalize(black_box(key)))));
    }
}

/// Starts `true` 500 times with and without the context, by turns, for a process takes its time by
/// chance. The third is given the same variables by hand, for more of them cost more.
fn process() {
    let cx = context();
    let mut variables: Vec<(String, String)> = Vec::new();
    variables.with_trace_context_from(&cx);
    let ways: [&dyn Fn(&mut Command); 3] =
        [&|_| {}, &|command| _ = command.with_trace_context_from(&cx), &|command| {
            _ = command.envs(variables.iter().cloned())
        }];
    let mut times = ways.map(|_| Vec::new());
    for _ in 0..500 {
        for (way, times) in ways.iter().zip(&mut times) {
            let start = Instant::now();
            let mut command = Command::new("true");
            way(&mut command);
            assert!(command.status().unwrap().success());
            times.push(start.elapsed());
        }
    }
    let [without, with, by_hand] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    println!("start true: {without:?} without, {with:?} with the context, {by_hand:?} by hand");
    println!("start true: {:.3} times without", with.as_secs_f64() / without.as_secs_f64());
}

/// A span with tracestate and baggage: all three variables.
fn context() -> Context {
    let span = SpanContext::new(
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from(0x00f0_67aa_0ba9_02b7),
        TraceFlags::SAMPLED,
        false,
        "vendor=value".parse::<TraceState>().unwrap(),
    );
    let baggage = [KeyValue::new("build.id", "42")];
    Context::new().with_remote_span_context(span).with_baggage(baggage)
}

/// A carrier that does nothing.
struct Floor;

impl Injector for Floor {
    fn set(&mut self, key: &str, value: String) {
        black_box((key, value));
    }
}

impl Extractor for Floor {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "tracestate" => Some("vendor=value"),
            _ => Some("build.id=42"),
        }
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}
