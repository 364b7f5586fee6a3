//! A program may do anything while the crate works: use the global propagator, panic, or ask for very
//! much. Each process checks for itself, and would hang or abort if the crate did not allow it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::thread;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{
    ProcessEnv, ReadEnv as _, WithTraceContext as _, WriteEnv, extract_parent_context,
    extract_parent_context_using,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::fixtures::contexts::{ALL, STALE, with_span};
use crate::fixtures::propagators::{Panicking, Scripted};
use crate::fixtures::roles::{Test, test};
use crate::fixtures::subscriber::install_reaction;

pub(crate) fn tests() -> Vec<Test> {
    let malformed = || [("TRACEPARENT", "malformed")];
    // Where a lookup took time in proportion to those before, these would take minutes.
    let many = || (0..MANY).map(|n| (format!("MANY_{n}"), n.to_string()));
    let empty = || [("EMPTY".to_owned(), String::new())];
    vec![
        test(
            "a subscriber may set the global propagator",
            malformed(),
            || {
                global::set_text_map_propagator(unfit());
                install_reaction(set_global);
                inject_and_extract();
            },
            "",
        ),
        test(
            "a subscriber may wait for another thread that sets the global propagator",
            malformed(),
            || {
                global::set_text_map_propagator(unfit());
                install_reaction(|| thread::spawn(set_global).join().unwrap());
                inject_and_extract();
            },
            "",
        ),
        test(
            "an environment may set the global propagator",
            malformed(),
            || {
                set_global();
                SetsGlobal.with_trace_context_from(&(ALL.cx)());
                SetsGlobal.without_trace_context();
            },
            "",
        ),
        test("a propagator that panics changes nothing", malformed(), panic_while_injecting, ""),
        test(
            "a propagator may read very many variables by their prefix, on a small stack",
            many().chain(empty()),
            || on_a_small_stack(|| drop(extract_parent_context_using(&ReadsByPrefix))),
            "",
        ),
        test(
            "a propagator may ask for very many variables, on a small stack",
            many().chain(empty()),
            || on_a_small_stack(ask_for_many),
            "",
        ),
    ]
}

fn panic_while_injecting() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut command = Command::new("child");
    command.envs(STALE.iter().copied());
    let before = format!("{command:?}");
    let inject = || _ = command.with_trace_context_using(&Panicking, &with_span(""));
    assert!(catch_unwind(AssertUnwindSafe(inject)).is_err());
    assert_eq!(format!("{command:?}"), before);
}

fn ask_for_many() {
    let env = ProcessEnv::new();
    for n in 0..MANY {
        assert_eq!(env.var(&format!("MANY_{n}")), Some(&*n.to_string()));
    }
}

/// As many as an environment can hold on Linux.
const MANY: usize = if cfg!(windows) { 500 } else { 60_000 };

fn on_a_small_stack(run: fn()) {
    thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

fn set_global() {
    global::set_text_map_propagator(TraceContextPropagator::new());
}

fn inject_and_extract() {
    Command::new("child").with_trace_context_from(&(ALL.cx)());
    Command::new("child").without_trace_context();
    drop(extract_parent_context());
}

/// Its injection is logged as a warning.
fn unfit() -> Scripted {
    Scripted::new(&["nul"], &[("nul", "\0")])
}

struct SetsGlobal;

impl WriteEnv for SetsGlobal {
    fn set_var(&mut self, _: &str, _: String) {
        set_global();
    }

    fn remove_var(&mut self, _: &str) {
        set_global();
    }
}

/// Like Jaeger's baggage.
#[derive(Debug)]
struct ReadsByPrefix;

impl TextMapPropagator for ReadsByPrefix {
    fn inject_context(&self, _: &Context, _: &mut dyn Injector) {}

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let keys = extractor.keys();
        let read = keys.iter().filter(|key| key.starts_with("MANY_"));
        assert_eq!(read.filter_map(|key| extractor.get(key)).count(), MANY);
        assert!(!keys.contains(&"EMPTY"), "it is treated as unset, so it is not listed either");
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}
