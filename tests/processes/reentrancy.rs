//! A program may do anything while the crate works: use the global propagator, or panic. Each process checks
//! for itself, and would hang or abort if the crate did not allow it.

use std::panic::{self, AssertUnwindSafe, catch_unwind, panic_any};
use std::process::Command;
use std::thread;

use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{WithTraceContext as _, WriteEnv, extract_parent_context};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::fixtures::contexts::{ALL, STALE};
use crate::fixtures::process::{NO_VARIABLES, in_process};
use crate::fixtures::propagators::Scripted;
use crate::fixtures::subscriber::install_reaction;

#[test]
fn a_subscriber_may_wait_for_another_thread_that_sets_the_global_propagator() {
    in_process([("TRACEPARENT", "malformed")], "", || {
        global::set_text_map_propagator(unfit());
        install_reaction(|| thread::spawn(set_global).join().unwrap());
        inject_and_extract();
    });
}

#[test]
fn an_environment_may_set_the_global_propagator() {
    struct SetsGlobal;

    impl WriteEnv for SetsGlobal {
        fn set_var(&mut self, _: &str, _: String) {
            set_global();
        }

        fn remove_var(&mut self, _: &str) {
            set_global();
        }
    }

    in_process(NO_VARIABLES, "", || {
        set_global();
        SetsGlobal.with_trace_context_from(&(ALL.cx)());
        SetsGlobal.without_trace_context();
    });
}

const ON_PURPOSE: &str = "on purpose";

/// A test for each row: what panics on purpose while a command is changed leaves the command as it was.
macro_rules! changes_nothing {
    ($($name:ident: $change:expr;)*) => {$(
        #[test]
        fn $name() {
            let change: fn(&mut Command) = $change;
            in_process(NO_VARIABLES, "", || {
                let mut command = Command::new("child");
                command.envs(STALE.iter().copied());
                let before = format!("{command:?}");
                panic::set_hook(Box::new(|_| {}));
                let result = catch_unwind(AssertUnwindSafe(|| change(&mut command)));
                drop(panic::take_hook());
                let message = *result.unwrap_err().downcast::<&str>().unwrap();
                assert_eq!(message, ON_PURPOSE);
                assert_eq!(format!("{command:?}"), before);
            });
        }
    )*};
}

changes_nothing! {
    a_propagator_that_panics_changes_nothing: |command| {
        let propagator = Scripted::new(&[], &[("traceparent", "half of it")])
            .with_inject(|_, _| panic_any(ON_PURPOSE));
        command.with_trace_context_using(&propagator, &Context::new());
    };
    a_subscriber_that_panics_on_an_injection_changes_nothing: |command| {
        install_reaction(|| panic_any(ON_PURPOSE));
        command.with_trace_context_from(&(ALL.cx)());
    };
    a_subscriber_that_panics_on_a_skipped_value_changes_nothing: |command| {
        install_reaction(|| panic_any(ON_PURPOSE));
        command.with_trace_context_using(&unfit(), &Context::new());
    };
    a_subscriber_that_panics_on_a_removal_changes_nothing: |command| {
        install_reaction(|| panic_any(ON_PURPOSE));
        command.without_trace_context();
    };
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
