//! What a child makes of its environment, through `extract_parent_context` and through
//! `try_extract_parent_context`.

use std::ffi::OsString;
use std::{panic, process};

use opentelemetry::global;
use opentelemetry_env_carrier::extract_parent_context_using;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::LINE;
use crate::fixtures::contexts::{
    NO_SPAN as EMPTY, SPAN, TRACEPARENT, Variables, shown, with_numbered_span,
};
use crate::fixtures::propagators::{KeepsInvalidSpans, Renamed, Tenant};
use crate::fixtures::roles::{Test, not_unicode, show_parent, test};

const CURRENT: &str = "span 0000000000000000000000000000000c-000000000000000c-01";
/// Stands for a value that is not Unicode.
const NOT_UNICODE: &str = "to be put in place: not Unicode";

struct Case {
    name: &'static str,
    play: fn(),
    variables: Variables,
    context: &'static str,
    tried: &'static str,
}

/// A child that has neither a propagator nor a context of its own.
const fn child(
    name: &'static str,
    variables: Variables,
    context: &'static str,
    tried: &'static str,
) -> Case {
    Case { name, play: show_parent, variables, context, tried }
}

const PARENT: &str = "a parent";
const NO_PARENT: &str = "no parent";

/// Up to 0.31 the SDK rejects a span with the random flag; since then it ignores the flag.
const WITH_RANDOM_FLAG: (&str, &str) = match LINE {
    ..=31 => (EMPTY, "environment variable TRACEPARENT is set, but holds no valid span context"),
    _ => (SPAN, PARENT),
};

#[rustfmt::skip]
const CASES: &[Case] = &[
    child("all three variables", &[("TRACEPARENT", TRACEPARENT), ("TRACESTATE", "vendor=value"), ("BAGGAGE", "a=1,b=2;p")],
        "span 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 remote, tracestate vendor=value, baggage a=1, baggage b=2;p", PARENT),
    child("a span alone", &[("TRACEPARENT", TRACEPARENT)], SPAN, PARENT),
    child("a span that is not sampled", &[("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")],
        "span 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00 remote", PARENT),
    child("a span with the random flag", &[("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03")],
        WITH_RANDOM_FLAG.0, WITH_RANDOM_FLAG.1),
    child("baggage alone", &[("BAGGAGE", "a=1")], "no span, baggage a=1", PARENT),
    child("no variable", &[], EMPTY, NO_PARENT),
    child("three empty variables", &[("TRACEPARENT", ""), ("TRACESTATE", ""), ("BAGGAGE", "")], EMPTY, NO_PARENT),
    child("a span and two empty variables", &[("TRACEPARENT", TRACEPARENT), ("TRACESTATE", ""), ("BAGGAGE", "")], SPAN, PARENT),
    child("a malformed span", &[("TRACEPARENT", "00-malformed")],
        EMPTY, "environment variable TRACEPARENT is set, but holds no valid span context"),
    child("a malformed span with all that belongs to it", &[("TRACEPARENT", "x"), ("TRACESTATE", "vendor=value"), ("BAGGAGE", "a=1")],
        "no span, baggage a=1", "environment variable TRACEPARENT is set, but holds no valid span context"),
    child("an all-zero trace id", &[("TRACEPARENT", "00-00000000000000000000000000000000-00f067aa0ba902b7-01")],
        EMPTY, "environment variable TRACEPARENT is set, but holds no valid span context"),
    child("an all-zero span id", &[("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")],
        EMPTY, "environment variable TRACEPARENT is set, but holds no valid span context"),
    child("a tracestate without its span", &[("TRACESTATE", "vendor=value")], EMPTY, PARENT),
    child("a span with a malformed tracestate", &[("TRACEPARENT", TRACEPARENT), ("TRACESTATE", "malformed")], SPAN, PARENT),
    child("malformed baggage alone", &[("BAGGAGE", "malformed")], EMPTY, PARENT),
    child("a span that is not Unicode", &[("TRACEPARENT", NOT_UNICODE), ("BAGGAGE", "a=1")],
        "no span, baggage a=1", "environment variable TRACEPARENT is not valid Unicode"),
    child("a tracestate that is not Unicode, without its span", &[("TRACESTATE", NOT_UNICODE)],
        EMPTY, "environment variable TRACESTATE is not valid Unicode"),
    child("a span with baggage that is not Unicode", &[("TRACEPARENT", TRACEPARENT), ("BAGGAGE", NOT_UNICODE)],
        SPAN, "environment variable BAGGAGE is not valid Unicode"),
    child("three variables that are not Unicode", &[("TRACEPARENT", NOT_UNICODE), ("TRACESTATE", NOT_UNICODE), ("BAGGAGE", NOT_UNICODE)],
        EMPTY, "environment variable BAGGAGE is not valid Unicode"),

    child("OTEL_PROPAGATORS as none", &[("OTEL_PROPAGATORS", "none"), ("TRACEPARENT", TRACEPARENT), ("BAGGAGE", "a=1")], EMPTY, NO_PARENT),
    child("OTEL_PROPAGATORS with none in a list", &[("OTEL_PROPAGATORS", "tracecontext,none"), ("TRACEPARENT", TRACEPARENT)], EMPTY, NO_PARENT),
    child("OTEL_PROPAGATORS as baggage", &[("OTEL_PROPAGATORS", "baggage"), ("TRACEPARENT", TRACEPARENT), ("BAGGAGE", "a=1")],
        "no span, baggage a=1", PARENT),
    child("OTEL_PROPAGATORS as tracecontext", &[("OTEL_PROPAGATORS", "tracecontext"), ("TRACEPARENT", TRACEPARENT), ("BAGGAGE", "a=1")], SPAN, PARENT),
    child("OTEL_PROPAGATORS with an unknown name", &[("OTEL_PROPAGATORS", "b3,tracecontext"), ("TRACEPARENT", TRACEPARENT), ("BAGGAGE", "a=1")], SPAN, PARENT),
    child("OTEL_PROPAGATORS with unknown names alone", &[("OTEL_PROPAGATORS", "b3,xray"), ("TRACEPARENT", TRACEPARENT)], EMPTY, NO_PARENT),
    child("OTEL_PROPAGATORS in another order, case and number", &[("OTEL_PROPAGATORS", " Baggage ,TRACECONTEXT,,baggage"), ("TRACEPARENT", TRACEPARENT), ("BAGGAGE", "a=1")],
        "span 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 remote, baggage a=1", PARENT),
    child("OTEL_PROPAGATORS empty", &[("OTEL_PROPAGATORS", ""), ("TRACEPARENT", TRACEPARENT)], SPAN, PARENT),
    child("OTEL_PROPAGATORS with no name in it", &[("OTEL_PROPAGATORS", " , "), ("TRACEPARENT", TRACEPARENT)], SPAN, PARENT),
    child("OTEL_PROPAGATORS that is not Unicode", &[("OTEL_PROPAGATORS", NOT_UNICODE), ("TRACEPARENT", TRACEPARENT)], SPAN, PARENT),

    Case { name: "a global propagator, which wins over OTEL_PROPAGATORS", play: with_global_propagator,
        variables: &[("OTEL_PROPAGATORS", "tracecontext"), ("TRACEPARENT", "00-malformed"), ("MY_TRACEPARENT", TRACEPARENT)], context: SPAN, tried: PARENT },
    Case { name: "a global propagator with nothing to read", play: with_global_propagator,
        variables: &[("TRACEPARENT", TRACEPARENT)], context: EMPTY, tried: NO_PARENT },
    Case { name: "a malformed span of another format than W3C, which only the propagator knows", play: with_global_propagator,
        variables: &[("TRACEPARENT", TRACEPARENT), ("MY_TRACEPARENT", "00-malformed")],
        context: EMPTY, tried: PARENT },
    Case { name: "a propagator of its own", play: with_own_propagator,
        variables: &[("TRACEPARENT", "00-malformed"), ("MY_TRACEPARENT", TRACEPARENT)], context: SPAN, tried: "" },

    Case { name: "a tenant's id, which is no span", play: with_tenant,
        variables: &[("X_TENANT", "acme")], context: EMPTY, tried: PARENT },
    Case { name: "something that its propagator only extracts", play: with_propagator_that_only_extracts,
        variables: &[("X_TENANT", "acme")], context: EMPTY, tried: PARENT },
    Case { name: "a malformed span that its propagator keeps", play: with_propagator_that_keeps_invalid_spans,
        variables: &[("TRACEPARENT", "00-malformed")],
        context: EMPTY, tried: "environment variable TRACEPARENT is set, but holds no valid span context" },
    Case { name: "no tenant's id", play: with_tenant,
        variables: &[("TRACEPARENT", "00-malformed")], context: EMPTY, tried: NO_PARENT },

    Case { name: "a span, in place of the current one", play: with_current_context,
        variables: &[("TRACEPARENT", TRACEPARENT)], context: SPAN, tried: PARENT },
    Case { name: "nothing, and the current span stays", play: with_current_context,
        variables: &[], context: CURRENT, tried: NO_PARENT },
    Case { name: "a malformed span, and the current one stays", play: with_current_context,
        variables: &[("TRACEPARENT", "00-malformed")], context: CURRENT, tried: "environment variable TRACEPARENT is set, but holds no valid span context" },
    Case { name: "the current span once more", play: with_current_context,
        variables: &[("TRACEPARENT", "00-0000000000000000000000000000000c-000000000000000c-01")],
        context: "span 0000000000000000000000000000000c-000000000000000c-01 remote", tried: PARENT },
    #[cfg(not(windows))]
    child("lower-case names, which are other variables", &[("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("baggage", "a=1")], EMPTY, NO_PARENT),
];

pub(crate) fn tests() -> Vec<Test> {
    CASES.iter().map(reads_exactly).collect()
}

fn reads_exactly(case: &'static Case) -> Test {
    let variables = case.variables.iter().map(|&(name, value)| (name, in_place(value)));
    let expected = match case.tried {
        "" => format!("{}\n", case.context),
        PARENT => format!("{}\nOk(Some({}))\n", case.context, case.context),
        NO_PARENT => format!("{}\nOk(None)\n", case.context),
        error => format!("{}\nErr({error})\n", case.context),
    };
    test(format!("a child reads {}", case.name), variables, case.play, expected)
}

fn in_place(value: &str) -> OsString {
    if value == NOT_UNICODE { not_unicode() } else { value.into() }
}

fn with_current_context() {
    let _guard = with_numbered_span(0xb).attach();
    show_parent();
}

fn with_global_propagator() {
    global::set_text_map_propagator(Renamed::new());
    show_parent();
}

fn with_own_propagator() {
    println!("{}", shown(&extract_parent_context_using(&Renamed::new())));
}

fn with_tenant() {
    global::set_text_map_propagator(Tenant::new());
    show_parent();
}

/// A panic would end the process, as it does with `panic = "abort"`.
fn with_propagator_that_only_extracts() {
    panic::set_hook(Box::new(|_| process::abort()));
    global::set_text_map_propagator(Tenant::that_writes(|| unimplemented!()));
    show_parent();
}

fn with_propagator_that_keeps_invalid_spans() {
    global::set_text_map_propagator(KeepsInvalidSpans(TraceContextPropagator::new()));
    show_parent();
}
