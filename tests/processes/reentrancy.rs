//! A program may do anything while the crate works: use the global propagator, panic, or ask for very
//! much. Each process checks for itself, and would hang or abort if the crate did not allow it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::thread;

use libtest_mimic::Trial;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{
    ReadEnv as _, WithTraceContext as _, WriteEnv, extract_parent_context,
    extract_parent_context_using,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::fixtures::contexts::{ALL, STALE, with_span};
use crate::fixtures::propagators::{Panicking, Scripted};
use crate::fixtures::roles::{self, Role, child_succeeds_silently, unless_it_hangs};
use crate::fixtures::subscriber::install_reaction;

pub(crate) const ROLES: &[Role] = &[
    ("subscriber that sets the global propagator", |_| {
        unless_it_hangs(|| {
            global::set_text_map_propagator(unfit());
            install_reaction(set_global);
            inject_and_extract();
        });
    }),
    ("subscriber that waits for another thread", |_| {
        unless_it_hangs(|| {
            global::set_text_map_propagator(unfit());
            install_reaction(|| thread::spawn(set_global).join().unwrap());
            inject_and_extract();
        });
    }),
    ("environment that sets the global propagator", |_| {
        unless_it_hangs(|| {
            set_global();
            SetsGlobal.with_trace_context_from(&(ALL.cx)());
            SetsGlobal.without_trace_context();
        });
    }),
    ("propagator that panics", |_| {
        std::panic::set_hook(Box::new(|_| {}));
        let mut command = Command::new("child");
        command.envs(STALE.iter().copied());
        let before = format!("{command:?}");
        let inject = || _ = command.with_trace_context_using(&Panicking, &with_span(""));
        assert!(catch_unwind(AssertUnwindSafe(inject)).is_err());
        assert_eq!(format!("{command:?}"), before);
    }),
    ("propagator that reads by prefix", |count| {
        let read = |count: String| {
            let propagator = ReadsByPrefix { expected: count.parse().unwrap() };
            drop(extract_parent_context_using(&propagator));
        };
        on_a_small_stack(count, read);
    }),
    ("propagator that asks for many", |count| {
        on_a_small_stack(count, |count| {
            let env = opentelemetry_env_carrier::ProcessEnv::new();
            for n in 0..count.parse::<usize>().unwrap() {
                assert_eq!(env.var(&format!("MANY_{n}")), Some(&*n.to_string()));
            }
        });
    }),
];

pub(crate) fn tests() -> Vec<Trial> {
    let on_events = [
        "subscriber that sets the global propagator",
        "subscriber that waits for another thread",
        "environment that sets the global propagator",
        "propagator that panics",
    ]
    .map(|role| {
        Trial::test(format!("a {role} harms nothing"), move || {
            let mut process = roles::command(role, "");
            child_succeeds_silently(process.env_clear().env("TRACEPARENT", "malformed"))
        })
    });
    // Where a lookup took time in proportion to those before, these would take minutes.
    let of_many =
        [("propagator that reads by prefix", MANY), ("propagator that asks for many", MANY)].map(
            |(role, count)| {
                Trial::test(format!("a {role} is done on a small stack"), move || {
                    let variables = (0..count).map(|n| (format!("MANY_{n}"), n.to_string()));
                    let mut process = roles::command(role, count);
                    child_succeeds_silently(process.env_clear().envs(variables).env("EMPTY", ""))
                })
            },
        );
    Vec::from_iter(on_events.into_iter().chain(of_many))
}

/// As many as an environment can hold on Linux.
const MANY: usize = if cfg!(windows) { 500 } else { 60_000 };

fn on_a_small_stack(argument: &str, run: fn(String)) {
    let argument = argument.to_owned();
    let thread = thread::Builder::new().stack_size(2 << 20);
    thread.spawn(move || run(argument)).unwrap().join().unwrap();
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
struct ReadsByPrefix {
    expected: usize,
}

impl TextMapPropagator for ReadsByPrefix {
    fn inject_context(&self, _: &Context, _: &mut dyn Injector) {}

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let keys = extractor.keys();
        let read = keys.iter().filter(|key| key.starts_with("MANY_"));
        assert_eq!(read.filter_map(|key| extractor.get(key)).count(), self.expected);
        assert!(!keys.contains(&"EMPTY"), "it is treated as unset, so it is not listed either");
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}
