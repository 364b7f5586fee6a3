//! A make-believe build, to watch a trace go through a tree of real processes.
//!
//! ```text
//! cargo run --example process_tree
//! ```
//!
//! Each step of the build is this program started again; `compile` starts its workers through a
//! shell that knows nothing of telemetry. All of them send their spans to a collector inside the
//! program that was started first, which draws the tree that it received. Where
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is set, they send them there instead.
//!
//! The two lines that make it one trace are marked with `<--`.

mod collector;
mod drawing;
#[path = "../telemetry/mod.rs"]
mod telemetry;
mod tree;

use std::process::{Child, Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;
use std::{env, io};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, TraceId, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::{WithTraceContext as _, extract_parent_context};

use crate::collector::Collector;
use crate::telemetry::Telemetry;
use crate::tree::Tree;

fn main() -> io::Result<ExitCode> {
    if let Some(step) = env::args().nth(1) {
        process(&step)?;
    } else if let Some(endpoint) = telemetry::endpoint() {
        let trace = process("build")?;
        println!("the spans go to {endpoint}: look there for trace {trace}");
    } else {
        let collector = Collector::start()?;
        this_program("build")?.envs(collector.variables()).status()?;
        let tree = Tree::new(collector.spans(), &outer_span());
        drawing::draw(&tree);
        if !tree.is_connected() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One process of the tree, from beginning to end.
fn process(step: &str) -> io::Result<TraceId> {
    let _telemetry = Telemetry::start("process_tree")?;
    let _parent = extract_parent_context().attach(); // <-- joins the trace of the parent

    let tracer = global::tracer("process_tree");
    let cx = Context::current_with_span(tracer.start(step.to_owned()));
    let trace = cx.span().span_context().trace_id();
    let _span = cx.attach();
    match step {
        "build" => build()?,
        "compile" => compile()?,
        "test" => test()?,
        _ => deepest(),
    }
    Ok(trace)
}

fn build() -> io::Result<()> {
    let baggage = [KeyValue::new("build.id", "42")];
    let _baggage = Context::current().with_baggage(baggage).attach();
    work(20);
    wait_for([start(this_program("compile")?)?, start(this_program("test")?)?])
}

fn compile() -> io::Result<()> {
    work(30);
    wait_for([start(through_a_shell("parse")?)?, start(through_a_shell("generate")?)?])?;
    global::tracer("process_tree").in_span("link", |_| work(25));
    Ok(())
}

fn test() -> io::Result<()> {
    work(25);
    wait_for([start(this_program("test suite")?)?])
}

/// Shows that the baggage came all the way down.
fn deepest() {
    let cx = Context::current();
    if let Some(build) = cx.baggage().get("build.id") {
        cx.span().set_attribute(KeyValue::new("build.id", build.clone()));
    }
    work(40);
}

fn start(mut command: Command) -> io::Result<Child> {
    command.with_trace_context().spawn() // <-- hands the current context on
}

fn wait_for<const N: usize>(children: [Child; N]) -> io::Result<()> {
    children.into_iter().try_for_each(|mut child| child.wait().map(drop))
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

/// The id of the span that the tree was started in, if it was started in one.
fn outer_span() -> String {
    match extract_parent_context().span().span_context() {
        outer if outer.is_valid() => outer.span_id().to_string(),
        _ => String::new(),
    }
}

fn work(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds));
}
