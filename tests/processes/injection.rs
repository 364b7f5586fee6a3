//! What a child receives: exactly what the propagator wrote, or exactly what it would have received without
//! the call.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{
    EnvChanges, InSpan as _, WithTraceContext as _, context_variables,
};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use proptest::prop_assert_eq;
use proptest::test_runner::{Config, TestRunner};

use crate::fixtures::contexts::{
    ALL, CASES, Case, STALE, TRACEPARENT, not_unicode, with_baggage, with_span,
};
use crate::fixtures::process::{in_process, output, process};
use crate::fixtures::propagators::Scripted;
use crate::fixtures::shown::{lines, show_environment};

const OTHER: (&str, &str) = ("OTHER", "stays as it is");

/// A test for each row: a child that would inherit a stale context receives the new one, whole and alone.
macro_rules! the_new_context_arrives {
    ($($name:ident: $inject:expr;)*) => {$(
        #[test]
        fn $name() {
            let mut child = process(show_environment);
            let inject: fn(&mut Command, Context) = $inject;
            let received = lines(ALL.written.iter().copied().chain([OTHER]).collect());
            in_process(STALE.iter().copied().chain([OTHER]), &received, || {
                inject(&mut child, (ALL.cx)());
                child.status().unwrap();
            });
        }
    )*};
}

the_new_context_arrives! {
    a_child_receives_the_current_context: |child, cx| {
        let _current = cx.attach();
        child.with_trace_context();
    };
    a_child_receives_an_explicit_context: |child, cx| {
        child.with_trace_context_from(&cx);
    };
    a_child_receives_what_an_explicit_propagator_writes: |child, cx| {
        let propagator = TextMapCompositePropagator::new(vec![
            Box::new(BaggagePropagator::new()),
            Box::new(TraceContextPropagator::new()),
        ]);
        child.with_trace_context_using(&propagator, &cx);
    };
    a_child_of_another_builder_receives_the_current_context: |child, cx| {
        let _current = cx.attach();
        apply(EnvChanges::from_current_context(), child);
    };
    a_child_of_another_builder_receives_an_explicit_context: |child, cx| {
        apply(EnvChanges::from_context(&cx), child);
    };
    a_child_of_another_builder_receives_what_was_injected_into_changes: |child, cx| {
        let mut changes = EnvChanges::new();
        changes.with_trace_context_from(&with_span("first=1")).with_trace_context_from(&cx);
        apply(changes, child);
    };
}

#[test]
fn without_a_context_a_child_receives_what_it_would_have_received_anyway() {
    let mut child = process(show_environment);
    let inherited = STALE.iter().copied().chain([OTHER]);
    in_process(inherited.clone(), &lines(inherited.collect()), || {
        assert!(EnvChanges::from_current_context().is_empty());
        child.with_trace_context().status().unwrap();
    });
}

#[test]
fn with_baggage_alone_a_child_stays_in_the_trace_of_its_ancestors() {
    let mut child = process(show_environment);
    let baggage = ("BAGGAGE", "build.id=42");
    let received = lines(STALE.iter().copied().chain([baggage]).collect());
    in_process(STALE.iter().copied(), &received, || {
        let _current = with_baggage(Context::new()).attach();
        let mut changes = EnvChanges::new();
        changes.with_trace_context();
        assert_eq!(changes, EnvChanges::from_current_context());
        child.env_clear().with_trace_context().status().unwrap();
    });
}

#[test]
fn with_baggage_alone_a_child_of_a_first_process_receives_just_that() {
    let mut child = process(show_environment);
    in_process([("TRACESTATE", "stale=1")], "BAGGAGE=build.id=42\n", || {
        let _current = with_baggage(Context::new()).attach();
        child.with_trace_context().status().unwrap();
    });
}

/// B3 writes one.
#[test]
fn a_decision_without_a_span_does_not_take_a_child_out_of_the_trace_of_its_ancestors() {
    let decides = || {
        Scripted::new(&["traceparent", "x-decision"], &[])
            .with_extract(|cx, extractor| {
                TraceContextPropagator::new().extract_with_context(cx, extractor)
            })
            .with_inject(|cx, injector| {
                if cx.span().span_context().is_valid() {
                    TraceContextPropagator::new().inject_context(cx, injector);
                } else {
                    injector.set("x-decision", "0".to_owned());
                }
            })
    };
    let mut child = process(show_environment);
    in_process([("TRACEPARENT", TRACEPARENT)], &format!("TRACEPARENT={TRACEPARENT}\n"), || {
        global::set_text_map_propagator(decides());
        child.env_clear().with_trace_context().status().unwrap();
    });
    let mut child = process(show_environment);
    in_process([("TRACEPARENT", "")], "X_DECISION=0\n", || {
        global::set_text_map_propagator(decides());
        child.with_trace_context().status().unwrap();
    });
}

#[test]
fn after_env_clear_a_child_receives_the_context_alone() {
    let mut child = process(show_environment);
    let received = lines(ALL.written.iter().copied().collect());
    in_process(STALE.iter().copied().chain([OTHER]), &received, || {
        child.env_clear().with_trace_context_from(&(ALL.cx)()).status().unwrap();
    });
}

#[test]
fn a_child_in_a_new_span_receives_no_baggage_of_its_ancestors_even_if_it_is_not_unicode() {
    let mut child = process(show_environment);
    in_process([("BAGGAGE", not_unicode())], &format!("TRACEPARENT={TRACEPARENT}\n"), || {
        child.with_trace_context_from(&with_span("")).status().unwrap();
    });
}

#[test]
fn a_context_is_removed_with_every_variable_that_the_propagator_declares() {
    let mut child = process(show_environment);
    let mut child_in_span = process(show_environment);
    let inherited =
        [("TRACEPARENT", TRACEPARENT), ("B3", "stale"), ("X_B3_TRACEID", "stale"), OTHER];
    in_process(inherited, &lines([OTHER].into()).repeat(2), || {
        let propagator = Scripted::new(&["x-b3-traceid", "b3"], &[("b3", "new")]);
        global::set_text_map_propagator(propagator);
        let variables = ["TRACEPARENT", "TRACESTATE", "BAGGAGE", "B3", "X_B3_TRACEID"];
        assert_eq!(context_variables(), variables);
        child.without_trace_context().status().unwrap();
        child_in_span.in_span().without_trace_context().status().unwrap();
    });
}

#[test]
fn what_is_written_keeps_its_order_and_what_is_unset_is_sorted_after_it() {
    let fields = ["z", "c", "tracestate", "a", "x", "b"];
    let propagator = Scripted::new(&fields, &[("z", "1"), ("x", "2"), ("traceparent", "3")]);
    let mut changes = EnvChanges::new();
    changes.with_trace_context_using(&propagator, &Context::new());
    let expected = [
        ("TRACEPARENT", Some("3")),
        ("TRACESTATE", None),
        ("Z", Some("1")),
        ("X", Some("2")),
        ("A", None),
        ("B", None),
        ("C", None),
    ];
    assert_eq!(changes.iter().collect::<Vec<_>>(), expected);
}

/// What may be done to a command: inject one of the [`CASES`] (`0` to `5`), remove what is there (`-`), set
/// stale variables (`s`), remove one (`r`), clear all (`c`).
const ANY_CALLS: &str = "[0-5src-]{0,10}";

#[test]
fn any_sequence_of_calls_leaves_what_a_model_foretells() {
    let mut child = process(show_environment);
    let parent = process(|| {
        // A variable like any other, which the child inherits, too.
        for call in env::var("CALLS").unwrap().chars() {
            match call {
                'c' => child.env_clear(),
                'r' => child.env_remove("TRACESTATE"),
                's' => child.envs(STALE.iter().copied()),
                '-' => child.without_trace_context(),
                index => child.with_trace_context_from(&(case(index).cx)()),
            };
        }
        child.status().unwrap();
    });
    let parent = RefCell::new(parent);
    // Few where a process takes long to start.
    let cases = if cfg!(windows) { 20 } else { 100 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&ANY_CALLS, |calls| {
        let mut variables: BTreeMap<&str, &str> = STALE.iter().copied().collect();
        variables.insert("CALLS", &calls);
        let received = output(parent.borrow_mut().env_clear().envs(&variables));
        foretell(&mut variables, &calls);
        prop_assert_eq!(received, lines(variables));
        Ok(())
    });
    result.unwrap();
}

/// Makes of the variables that a child would inherit those that it receives after these calls.
fn foretell(variables: &mut BTreeMap<&str, &str>, calls: &str) {
    let is_of_context = |name: &str| STALE.iter().any(|(stale, _)| *stale == name);
    for call in calls.chars() {
        match call {
            'c' => variables.clear(),
            'r' => _ = variables.remove("TRACESTATE"),
            's' => variables.extend(STALE.iter().copied()),
            '-' => variables.retain(|name, _| !is_of_context(name)),
            index if case(index).written.is_empty() => {}
            index => {
                variables.retain(|name, _| !is_of_context(name));
                variables.extend(case(index).written.iter().copied());
            }
        }
    }
}

fn case(index: char) -> &'static Case {
    &CASES[index.to_digit(10).unwrap() as usize]
}

fn apply(changes: EnvChanges, command: &mut Command) {
    for (name, value) in changes {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
}
