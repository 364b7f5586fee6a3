//! What a child receives, for each context in each situation: exactly what the propagator wrote, or
//! exactly what it would have received without the call.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_env_carrier::WithTraceContext as _;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::role::{self, Role};

pub(crate) const ROLES: &[Role] = &[("parent", parent), ("show its environment", show_environment)];

pub(crate) type Variables = &'static [(&'static str, &'static str)];

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A context, and what the propagators write for it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) cx: fn() -> Context,
    pub(crate) written: Variables,
}

pub(crate) const ALL: Case = Case {
    name: "a span with tracestate and baggage",
    cx: || with_baggage(with_span("vendor=value")),
    written: &[
        ("BAGGAGE", "build.id=42"),
        ("TRACEPARENT", TRACEPARENT),
        ("TRACESTATE", "vendor=value"),
    ],
};

pub(crate) const CASES: &[Case] = &[
    ALL,
    Case { name: "a span alone", cx: || with_span(""), written: &[("TRACEPARENT", TRACEPARENT)] },
    Case {
        name: "a span and tracestate",
        cx: || with_span("vendor=value"),
        written: &[("TRACEPARENT", TRACEPARENT), ("TRACESTATE", "vendor=value")],
    },
    Case {
        name: "a span and baggage",
        cx: || with_baggage(with_span("")),
        written: &[("BAGGAGE", "build.id=42"), ("TRACEPARENT", TRACEPARENT)],
    },
    Case {
        name: "baggage alone",
        cx: || with_baggage(Context::new()),
        written: &[("BAGGAGE", "build.id=42")],
    },
    Case { name: "nothing", cx: Context::new, written: &[] },
];

pub(crate) const STALE: Variables = &[
    ("BAGGAGE", "stale=1"),
    ("TRACEPARENT", "00-11111111111111111111111111111111-2222222222222222-00"),
    ("TRACESTATE", "stale=1"),
];

const OTHER: (&str, &str) = ("OTHER", "stays as it is");

/// A command as it is before the context is handed on.
struct Situation {
    name: &'static str,
    inherited: Variables,
    prepare: fn(&mut Command),
    /// What the child receives if nothing is done to the command.
    untouched: Variables,
    keeps_other: bool,
}

const SITUATIONS: &[Situation] = &[
    Situation {
        name: "inherits no context",
        inherited: &[],
        prepare: |_| {},
        untouched: &[],
        keeps_other: true,
    },
    Situation {
        name: "inherits a stale one",
        inherited: STALE,
        prepare: |_| {},
        untouched: STALE,
        keeps_other: true,
    },
    Situation {
        name: "was given a stale one",
        inherited: &[],
        prepare: |command| {
            command.envs(STALE.iter().copied());
        },
        untouched: STALE,
        keeps_other: true,
    },
    Situation {
        name: "starts from a cleared environment",
        inherited: STALE,
        prepare: |command| {
            command.env_clear();
        },
        untouched: &[],
        keeps_other: false,
    },
    Situation {
        name: "is the second of its command",
        inherited: STALE,
        prepare: |command| {
            command.with_trace_context_from(&with_span("first=1"));
        },
        untouched: &[("TRACEPARENT", TRACEPARENT), ("TRACESTATE", "first=1")],
        keeps_other: true,
    },
];

struct Way {
    name: &'static str,
    hand_on: fn(&mut Command, Context),
}

const WAYS: &[Way] = &[
    Way {
        name: "with_trace_context",
        hand_on: |command, cx| {
            let _guard = cx.attach();
            command.with_trace_context();
        },
    },
    Way {
        name: "with_trace_context_from",
        hand_on: |command, cx| {
            command.with_trace_context_from(&cx);
        },
    },
    Way {
        name: "with_trace_context_using",
        hand_on: |command, cx| {
            let propagator = TextMapCompositePropagator::new(vec![
                Box::new(BaggagePropagator::new()),
                Box::new(TraceContextPropagator::new()),
            ]);
            command.with_trace_context_using(&propagator, &cx);
        },
    },
    Way {
        name: "without_trace_context",
        hand_on: |command, cx| {
            let _guard = cx.attach();
            command.without_trace_context();
        },
    },
];

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for (w, way) in WAYS.iter().enumerate() {
        for (c, case) in CASES.iter().enumerate() {
            for (s, situation) in SITUATIONS.iter().enumerate() {
                let (way, case, situation) = (way.name, case.name, situation.name);
                let name = format!("{way} of {case}, to a child that {situation}");
                tests.push(Trial::test(name, move || receives_exactly(w, c, s)));
            }
        }
    }
    tests
}

fn receives_exactly(way: usize, case: usize, situation: usize) -> Result<(), Failed> {
    let Situation { inherited, untouched, keeps_other, .. } = SITUATIONS[situation];
    let written = CASES[case].written;
    let context_variables = match WAYS[way].name {
        "without_trace_context" => &[],
        _ if written.is_empty() => untouched,
        _ => written,
    };
    let other = keeps_other.then_some(&OTHER);
    let expected: BTreeMap<_, _> = context_variables.iter().chain(other).copied().collect();

    let received = role::output(
        role::of("parent", format!("{way} {case} {situation}"))
            .env_clear()
            .envs(inherited.iter().copied())
            .envs([OTHER]),
    )?;
    role::same(&received, &lines(expected))
}

fn parent(indices: &str) {
    let indices: Vec<usize> = indices.split(' ').map(|index| index.parse().unwrap()).collect();
    let own_environment = || env::vars_os().collect::<Vec<_>>();
    let before = own_environment();

    let mut child = role::of("show its environment", "");
    (SITUATIONS[indices[2]].prepare)(&mut child);
    (WAYS[indices[0]].hand_on)(&mut child, (CASES[indices[1]].cx)());
    assert!(child.status().unwrap().success());

    assert_eq!(own_environment(), before, "the parent's own environment");
}

fn show_environment(_: &str) {
    print!("{}", lines(env::vars().filter(|(name, _)| !is_of_the_system(name)).collect()));
}

/// Windows, and Wine in its place, add variables of their own to any environment.
pub(crate) fn is_of_the_system(name: &str) -> bool {
    cfg!(windows) && ["System", "WINE"].iter().any(|beginning| name.starts_with(beginning))
}

/// `NAME=value`, a line each, by name.
pub(crate) fn lines<T: std::fmt::Display + Ord>(variables: BTreeMap<T, T>) -> String {
    let lines = variables.iter().map(|(name, value)| format!("{name}={value}\n"));
    lines.collect()
}

fn with_span(trace_state: &str) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from(0x00f0_67aa_0ba9_02b7),
        TraceFlags::SAMPLED,
        false,
        trace_state.parse::<TraceState>().unwrap(),
    ))
}

fn with_baggage(cx: Context) -> Context {
    cx.with_baggage([KeyValue::new("build.id", "42")])
}
