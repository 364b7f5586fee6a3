//! What a child receives, for each context and each command: exactly what the propagator wrote, or
//! exactly what it would have received without the call.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use opentelemetry::Context;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_env_carrier::{EnvChanges, WithTraceContext as _};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::fixtures::contexts::{CASES, STALE, TRACEPARENT, Variables, with_span};
use crate::fixtures::roles::{self, Role, lines};

pub(crate) const ROLES: &[Role] = &[("parent", parent)];

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

const SETUPS: &[Setup] = &[
    Setup {
        name: "inherits no context",
        inherited: &[],
        prepare: |_| {},
        untouched: &[],
        keeps_other: true,
    },
    Setup {
        name: "inherits a stale one",
        inherited: STALE,
        prepare: |_| {},
        untouched: STALE,
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

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for (m, method) in METHODS.iter().enumerate() {
        for (c, case) in CASES.iter().enumerate() {
            for (s, setup) in SETUPS.iter().enumerate() {
                let (method, case, setup) = (method.name, case.name, setup.name);
                let name = format!("{method} of {case}, to a child that {setup}");
                tests.push(Trial::test(name, move || receives_exactly(m, c, s)));
            }
        }
    }
    tests
}

fn receives_exactly(method: usize, case: usize, setup: usize) -> Result<(), Failed> {
    let Setup { inherited, untouched, keeps_other, .. } = SETUPS[setup];
    let written = CASES[case].written;
    let context_variables = match METHODS[method].name {
        "without_trace_context" => &[],
        _ if written.is_empty() => untouched,
        _ => written,
    };
    let other = keeps_other.then_some(&OTHER);
    let expected: BTreeMap<_, _> = context_variables.iter().chain(other).copied().collect();

    let received = roles::output(
        roles::command("parent", format!("{method} {case} {setup}"))
            .env_clear()
            .envs(inherited.iter().copied())
            .envs([OTHER]),
    )?;
    roles::same(&received, &lines(expected))
}

fn parent(indices: &str) {
    let indices: Vec<usize> = indices.split(' ').map(|index| index.parse().unwrap()).collect();
    let own_environment = || env::vars_os().collect::<Vec<_>>();
    let before = own_environment();

    let mut child = roles::command("show its environment", "");
    (SETUPS[indices[2]].prepare)(&mut child);
    (METHODS[indices[0]].inject)(&mut child, (CASES[indices[1]].cx)());
    assert!(child.status().unwrap().success());

    assert_eq!(own_environment(), before, "the parent's own environment");
}
