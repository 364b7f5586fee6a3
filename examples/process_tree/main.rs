//! A simulated build, to watch a trace across a tree of real processes.
//!
//! ```text
//! cargo run --example process_tree
//! ```
//!
//! Each step of the build is this program, spawned again: those of `build` in a span, those of `compile`
//! through a shell that knows nothing of telemetry. They export to a collector inside the program that was
//! started first, which draws the tree, or to `OTEL_EXPORTER_OTLP_ENDPOINT` if that is set.
//!
//! The lines that make it one trace are marked with `<--`.

mod collector;
mod drawing;
mod span;
mod telemetry;
mod tree;

use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, io, thread};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, TraceId, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::{
    InSpan as _, MainSpan, WithTraceContext as _, extract_parent_context,
};

use crate::collector::Collector;
use crate::span::Span;
use crate::tree::Tree;

fn main() -> io::Result<ExitCode> {
    if let Some(step) = env::args().nth(1) {
        process(&step)?;
    } else if let Some(endpoint) = telemetry::endpoint() {
        let trace = process("build")?;
        println!("the spans go to {endpoint}: look there for trace {trace}");
    } else {
        let collector = Collector::start()?;
        eprintln!(
            "A build is simulated by six processes, which export spans to a collector in this one."
        );
        this_program("build")?.envs(collector.variables()).status()?;
        let Some(tree) = Tree::new(Span::all(collector.received()), &outer_span()) else {
            eprintln!("No span was received: is the trace that this was spawned in sampled?");
            return Ok(ExitCode::FAILURE);
        };
        drawing::draw(&tree);
        if !tree.is_connected() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One process of the tree, from beginning to end.
fn process(step: &str) -> io::Result<TraceId> {
    let provider = telemetry::provider("process_tree");
    let span = MainSpan::builder().with_name(step.to_owned()); // <-- joins the parent's trace
    let span = span.with_shutdown(move || provider.shutdown()).start();
    match step {
        "build" => build()?,
        "compile" => compile()?,
        "test" => test()?,
        _ => deepest(),
    }
    let trace = span.context().span().span_context().trace_id();
    span.end_with_code(0);
    Ok(trace)
}

fn build() -> io::Result<()> {
    let baggage = [KeyValue::new("build.id", "42")];
    let _baggage = Context::current().with_baggage(baggage).attach();
    work(20);
    let spawn = |step| this_program(step)?.in_span().spawn(); // <-- a span around the child
    // Each is waited for on a thread, because a span ends when the exit is seen.
    let steps = [spawn("compile")?, spawn("test")?];
    let waiting = steps.map(|mut step| thread::spawn(move || step.wait()));
    waiting.into_iter().try_for_each(|step| step.join().expect("no panic").map(drop))
}

fn compile() -> io::Result<()> {
    work(30);
    let spawn = |step| through_a_shell(step)?.with_trace_context().spawn(); // <-- injects the context
    for mut child in [spawn("parse")?, spawn("generate")?] {
        child.wait()?;
    }
    global::tracer("process_tree").in_span("link", |_| work(25));
    Ok(())
}

fn test() -> io::Result<()> {
    work(25);
    this_program("test suite")?.with_trace_context().status().map(drop) // <-- injects the context
}

/// Shows that the baggage came all the way down.
fn deepest() {
    let cx = Context::current();
    if let Some(build) = cx.baggage().get("build.id") {
        cx.span().set_attribute(KeyValue::new("build.id", build.clone()));
    }
    work(40);
}

fn this_program(step: &str) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(step);
    Ok(command)
}

fn through_a_shell(step: &str) -> io::Result<Command> {
    let program = env::current_exe()?;
    let mut shell;
    if cfg!(windows) {
        shell = Command::new("cmd");
        shell.arg("/C").arg(program).arg(step);
    } else {
        shell = Command::new("sh");
        shell.args(["-c", r#""$0" "$1"; exit $?"#]).arg(program).arg(step);
    }
    Ok(shell)
}

/// The id of the span that the tree was spawned in, if there is one.
fn outer_span() -> String {
    match extract_parent_context().span().span_context() {
        outer if outer.is_valid() => outer.span_id().to_string(),
        _ => String::new(),
    }
}

fn work(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}
