//! What it costs to inject a context, and to extract it, in environments of several sizes:
//!
//! - with this crate, and by hand, a line for each variable;
//! - via a map, as it is usually done;
//! - with a no-op carrier, which leaves the propagators alone.
//!
//! It writes the table of the guide. Injecting and extracting are to take at most 1.10 times what they take by
//! hand: beyond that the last line says so, and beyond 1.15 this program fails. (Between two builds of the same
//! code there may be a difference of 0.05, by where the linker puts what.)
//!
//! And what that is beside spawning a process, with a span around it and without; and what a span around
//! `main` costs.

mod by_hand;
mod main_by_hand;
mod span_by_hand;
mod via_map;

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../../tests/fixtures/contexts.rs"]
mod contexts;

use std::hint::black_box;
use std::process::{Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};
use std::{array, env, io};

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{
    InSpan as _, MainSpan, WithTraceContext as _, extract_parent_context,
};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::SdkTracerProvider;

const PROMISED: f64 = 1.10;
const FAILS_BEYOND: f64 = 1.15;

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some("inject") => report(inject()),
        Some("extract") => report(extract()),
        _ => return compare(),
    }
    ExitCode::SUCCESS
}

fn compare() -> ExitCode {
    spawn();
    main_span();

    println!(
        "\n| | environment variables | this crate | by hand | times by hand | via a map | no-op carrier |\n\
        | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    let mut most: f64 = 0.0;
    for operation in ["inject", "extract"] {
        for variables in [10, 100, 1_000] {
            let processes: [[f64; 4]; PROCESSES] =
                array::from_fn(|_| reported_by_process(operation, variables));
            let [this_crate, by_hand, via_map, no_op] =
                array::from_fn(|way| median(processes.map(|times| times[way])));
            let times_by_hand =
                rounded(median(processes.map(|[this_crate, by_hand, ..]| this_crate / by_hand)));
            println!(
                "| {operation} | {variables} | {this_crate:.0} | {by_hand:.0} | {times_by_hand:.2} | \
                {via_map:.0} | {no_op:.0} |"
            );
            most = most.max(times_by_hand);
        }
    }

    if most <= PROMISED {
        println!("\nAt most {most:.2} times what it costs by hand.");
    } else {
        let beyond = most - PROMISED;
        println!("\n{most:.2} times what it costs by hand: {beyond:.2} more than promised.");
    }
    if most > FAILS_BEYOND { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Where a process has its stack and its heap is chance, and makes some code slower. So each row is measured in
/// several processes, and their median counts.
const PROCESSES: usize = 9;

/// The nanoseconds that each way takes in an environment of just so many variables, the context among them.
fn reported_by_process(operation: &str, variables: usize) -> [f64; 4] {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg(operation).env_clear().with_trace_context_from(&context());
    let missing = variables - command.get_envs().count();
    command.envs((0..missing).map(|n| (format!("OTHER_VARIABLE_{n}"), format!("value {n}"))));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8(output.stdout).unwrap();
    let mut times = report.split_whitespace().map(|time| time.parse().unwrap());
    array::from_fn(|_| times.next().unwrap())
}

fn report(times: [f64; 4]) {
    for time in times {
        println!("{time}");
    }
}

fn inject() -> [f64; 4] {
    let cx = context();
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let propagators: [&dyn TextMapPropagator; 2] = [&w3c, &baggage];

    let timed = |inject: &dyn Fn(&mut Command)| {
        let mut commands: Vec<Command> = (0..CALLS).map(|_| Command::new("child")).collect();
        let start = Instant::now();
        for command in &mut commands {
            inject(command);
        }
        start.elapsed()
    };
    fastest([
        &|| timed(&|command| _ = command.with_trace_context_from(&cx)),
        &|| timed(&|command| by_hand::inject(command, &propagators, &cx)),
        &|| timed(&|command| via_map::inject(command, &propagators, &cx)),
        &|| {
            timed(&|_| {
                for propagator in propagators {
                    propagator.inject_context(&cx, &mut NoopCarrier);
                }
            })
        },
    ])
}

fn extract() -> [f64; 4] {
    let (w3c, baggage) = (TraceContextPropagator::new(), BaggagePropagator::new());
    let propagators: [&dyn TextMapPropagator; 2] = [&w3c, &baggage];

    let timed = |extract: &dyn Fn() -> Context| {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(extract());
        }
        start.elapsed()
    };
    fastest([
        &|| timed(&extract_parent_context),
        &|| timed(&|| by_hand::extract(&propagators)),
        &|| timed(&|| via_map::extract(&propagators)),
        &|| {
            timed(&|| {
                let cx = w3c.extract_with_context(&Context::current(), &NoopCarrier);
                baggage.extract_with_context(&cx, &NoopCarrier)
            })
        },
    ])
}

/// How many calls are timed together: enough that reading the clock does not count, and few, because no program
/// injects in a loop.
const CALLS: u32 = 10;

/// The nanoseconds that a call takes in each way. By turns, so that whatever else the machine does slows all of them
/// down. The fastest turn of each counts, because noise only adds.
fn fastest<const WAYS: usize>(ways: [&dyn Fn() -> Duration; WAYS]) -> [f64; WAYS] {
    let mut fastest = [Duration::MAX; WAYS];
    let mut order: [usize; WAYS] = array::from_fn(|way| way);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(200) {
        for way in order {
            fastest[way] = fastest[way].min(ways[way]());
        }
        // So that neither of these two always finds what the other has left in the caches.
        order.swap(0, 1);
    }
    fastest.map(|time| time.as_secs_f64() * 1e9 / f64::from(CALLS))
}

/// As it is printed.
fn rounded(times: f64) -> f64 {
    (times * 100.0).round() / 100.0
}

fn median<const COUNT: usize>(mut values: [f64; COUNT]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[COUNT / 2]
}

type Spawn<'a> = dyn Fn(&mut Command) -> io::Result<ExitStatus> + 'a;

/// Spawns `true` 500 times in each way, by turns. The median counts, because a process takes its time by chance.
fn spawn() {
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
        for _ in 0..CALLS {
            run(black_box(1));
        }
        start.elapsed()
    };
    let [this_crate, by_hand] =
        fastest([&|| timed(&|code| MainSpan::start().end_with_code(code)), &|| {
            timed(&main_by_hand::main_with)
        }]);
    println!("a span around main: {this_crate:.0} ns, by hand {by_hand:.0} ns");
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
