//! What a child receives, for each context and each command: exactly what the propagator wrote, or
//! exactly what it would have received without the call.

use std::env;
use std::process::Command;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::fixtures::contexts::{CASES, Case, STALE, TRACEPARENT, Variables, with_span};
use crate::fixtures::roles::{self, Test, lines, test};

const OTHER: (&str, &str) = ("OTHER", "stays as it is");

/// A command before the context is injected.
struct Setup {
    name: &'static str,
    inherited: Variables,
    prepare: fn(&mut Command),
    /// What the child receives if nothing is done to the command.
    untouched: Variables,
    keeps_other: bool,
}

const INHERITS_STALE: &Setup = &SETUPS[0];

const SETUPS: &[Setup] = &[
    Setup {
        name: "inherits a stale one",
        inherited: STALE,
        prepare: |_| {},
        untouched: STALE,
        keeps_other: true,
    },
    Setup {
        name: "inherits no context",
        inherited: &[],
        prepare: |_| {},
        untouched: &[],
        keeps_other: true,
    },
    Setup {
        name: "was given a stale one",
        inherited: &[],
        prepare: |command| {
            command.envs(STALE.iter().copied());
        },
        untouched: STALE,
        keeps_other: true,
    },
    Setup {
        name: "starts from a cleared environment",
        inherited: STALE,
        prepare: |command| {
            command.env_clear();
        },
        untouched: &[],
        keeps_other: false,
    },
    Setup {
        name: "is the second of its command",
        inherited: STALE,
        prepare: |command| {
            command.with_trace_context_from(&with_span("first=1"));
        },
        untouched: &[("TRACEPARENT", TRACEPARENT), ("TRACESTATE", "first=1")],
        keeps_other: true,
    },
];

struct Method {
    name: &'static str,
    inject: fn(&mut Command, Context),
}

const METHODS: &[Method] = &[
    Method {
        name: "with_trace_context",
        inject: |command, cx| {
            let _guard = cx.attach();
            command.with_trace_context();
        },
    },
    Method {
        name: "with_trace_context_from",
        inject: |command, cx| {
            command.with_trace_context_from(&cx);
        },
    },
    Method {
        name: "with_trace_context_using",
        inject: |command, cx| {
            let propagator = TextMapCompositePropagator::new(vec![
                Box::new(BaggagePropagator::new()),
                Box::new(TraceContextPropagator::new()),
            ]);
            command.with_trace_context_using(&propagator, &cx);
        },
    },
    Method {
        name: "with_trace_context on a list of changes",
        inject: |command, cx| {
            let mut changes = EnvChanges::new();
            changes.with_trace_context_from(&cx);
            for (name, value) in changes {
                match value {
                    Some(value) => command.env(name, value),
                    None => command.env_remove(name),
                };
            }
        },
    },
    Method {
        name: "without_trace_context",
        inject: |command, cx| {
            let _guard = cx.attach();
            command.without_trace_context();
        },
    },
];

/// One method with every child, the others with one child.
pub(crate) fn tests() -> Vec<Test> {
    let (first, others) = METHODS.split_first().unwrap();
    let mut tests = vec![test(
        "a child in a new span receives no baggage of its ancestors, even if it is not Unicode",
        [("BAGGAGE", roles::not_unicode())],
        || inject(&METHODS[0], &CASES[1], &SETUPS[0]),
        lines(CASES[1].written.iter().copied().collect()),
    )];
    for case in CASES {
        tests.extend(SETUPS.iter().map(|setup| receives_exactly(first, case, setup)));
        tests.extend(others.iter().map(|method| receives_exactly(method, case, INHERITS_STALE)));
    }
    tests
}

fn receives_exactly(method: &'static Method, case: &'static Case, setup: &'static Setup) -> Test {
    let context_variables = match method.name {
        "without_trace_context" => &[],
        _ if case.written.is_empty() => setup.untouched,
        _ => case.written,
    };
    let other = setup.keeps_other.then_some(&OTHER);
    let expected = context_variables.iter().chain(other).copied().collect();
    test(
        format!("{} of {}, to a child that {}", method.name, case.name, setup.name),
        setup.inherited.iter().copied().chain([OTHER]),
        || inject(method, case, setup),
        lines(expected),
    )
}

fn inject(method: &Method, case: &Case, setup: &Setup) {
    let own_environment = || env::vars_os().collect::<Vec<_>>();
    let before = own_environment();

    let mut child = roles::command("show its environment", "");
    (setup.prepare)(&mut child);
    (method.inject)(&mut child, (case.cx)());
    assert!(child.status().unwrap().success());

    assert_eq!(own_environment(), before, "the parent's own environment");
}
