//! What a child makes of its environment, through `extract_parent_context` and through
//! `try_extract_parent_context`.

use std::ffi::OsString;

use libtest_mimic::{Failed, Trial};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, global};
use opentelemetry_env_carrier::{
    extract_parent_context, extract_parent_context_using, try_extract_parent_context,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::role::{self, Role};

pub(crate) const ROLES: &[Role] = &[
    ("child", |_| show_parent()),
    ("child with a current context", |_| {
        let current = SpanContext::new(
            TraceId::from(0xc),
            SpanId::from(0xc),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        );
        let _guard = Context::new().with_remote_span_context(current).attach();
        show_parent();
    }),
    ("child with a global propagator", |_| {
        global::set_text_map_propagator(Renamed(TraceContextPropagator::new()));
        show_parent();
    }),
    ("child with a propagator of its own", |_| {
        let propagator = Renamed(TraceContextPropagator::new());
        println!("{}", shown(&extract_parent_context_using(&propagator)));
    }),
];

pub(crate) const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
pub(crate) const SPAN: &str = "span 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 remote";
const CURRENT: &str = "span 0000000000000000000000000000000c-000000000000000c-01";
const EMPTY: &str = "no span";
/// Stands for a value that is not Unicode.
const NOT_UNICODE: &str = "to be put in place: not Unicode";

struct Case {
    name: &'static str,
    role: &'static str,
    variables: &'static [(&'static str, &'static str)],
    context: &'static str,
    tried: &'static str,
}

/// A child that has neither a propagator nor a context of its own.
const fn child(
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    context: &'static str,
    tried: &'static str,
) -> Case {
    Case { name, role: "child", variables, context, tried }
}

const PARENT: &str = "a parent";
const NO_PARENT: &str = "no parent";

#[rustfmt::skip]
const CASES: &[Case] = &[
    child("all three variables", &[("TRACEPARENT", TRACEPARENT), ("TRACESTATE", "vendor=value"), ("BAGGAGE", "a=1,b=2;p")],
        "span 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 remote, tracestate vendor=value, baggage a=1, baggage b=2;p", PARENT),
    child("a span alone", &[("TRACEPARENT", TRACEPARENT)], SPAN, PARENT),
    child("a span that is not sampled", &[("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")],
        "span 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00 remote", PARENT),
    child("baggage alone", &[("BAGGAGE", "a=1")], "no span, baggage a=1", PARENT),
    child("no variable", &[], EMPTY, NO_PARENT),
    child("three empty variables", &[("TRACEPARENT", ""), ("TRACESTATE", ""), ("BAGGAGE", "")], EMPTY, NO_PARENT),
    child("a span and two empty variables", &[("TRACEPARENT", TRACEPARENT), ("TRACESTATE", ""), ("BAGGAGE", "")], SPAN, PARENT),
    child("a malformed span", &[("TRACEPARENT", "00-malformed")],
        EMPTY, "environment variables are set, but hold no valid span context: TRACEPARENT"),
    child("a malformed span with all that belongs to it", &[("TRACEPARENT", "x"), ("TRACESTATE", "vendor=value"), ("BAGGAGE", "a=1")],
        "no span, baggage a=1", "environment variables are set, but hold no valid span context: TRACEPARENT, TRACESTATE"),
    child("an all-zero trace id", &[("TRACEPARENT", "00-00000000000000000000000000000000-00f067aa0ba902b7-01")],
        EMPTY, "environment variables are set, but hold no valid span context: TRACEPARENT"),
    child("an all-zero span id", &[("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")],
        EMPTY, "environment variables are set, but hold no valid span context: TRACEPARENT"),
    child("a tracestate without its span", &[("TRACESTATE", "vendor=value")],
        EMPTY, "environment variables are set, but hold no valid span context: TRACESTATE"),
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

    Case { name: "a global propagator, which wins over OTEL_PROPAGATORS", role: "child with a global propagator",
        variables: &[("OTEL_PROPAGATORS", "tracecontext"), ("TRACEPARENT", "00-malformed"), ("MY_TRACEPARENT", TRACEPARENT)], context: SPAN, tried: PARENT },
    Case { name: "a global propagator with nothing to read", role: "child with a global propagator",
        variables: &[("TRACEPARENT", TRACEPARENT)], context: EMPTY, tried: NO_PARENT },
    Case { name: "a global propagator with something malformed to read", role: "child with a global propagator",
        variables: &[("TRACEPARENT", TRACEPARENT), ("MY_TRACEPARENT", "00-malformed")],
        context: EMPTY, tried: "environment variables are set, but hold no valid span context: MY_TRACEPARENT" },
    Case { name: "a propagator of its own", role: "child with a propagator of its own",
        variables: &[("TRACEPARENT", "00-malformed"), ("MY_TRACEPARENT", TRACEPARENT)], context: SPAN, tried: "" },

    Case { name: "a span, in place of the current one", role: "child with a current context",
        variables: &[("TRACEPARENT", TRACEPARENT)], context: SPAN, tried: PARENT },
    Case { name: "nothing, and the current span stays", role: "child with a current context",
        variables: &[], context: CURRENT, tried: NO_PARENT },
    Case { name: "a malformed span, and the current one stays", role: "child with a current context",
        variables: &[("TRACEPARENT", "00-malformed")], context: CURRENT, tried: "environment variables are set, but hold no valid span context: TRACEPARENT" },
    Case { name: "the current span once more", role: "child with a current context",
        variables: &[("TRACEPARENT", "00-0000000000000000000000000000000c-000000000000000c-01")],
        context: "span 0000000000000000000000000000000c-000000000000000c-01 remote", tried: PARENT },
    #[cfg(not(windows))]
    child("lower-case names, which are other variables", &[("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("baggage", "a=1")], EMPTY, NO_PARENT),
];

pub(crate) fn tests() -> Vec<Trial> {
    CASES
        .iter()
        .map(|case| Trial::test(format!("a child reads {}", case.name), || reads_exactly(case)))
        .collect()
}

fn reads_exactly(case: &Case) -> Result<(), Failed> {
    let variables = case.variables.iter().map(|(name, value)| (name, in_place(value)));
    let read = role::output(role::of(case.role, "").env_clear().envs(variables))?;
    let expected = match case.tried {
        "" => format!("{}\n", case.context),
        PARENT => format!("{}\nOk(Some({}))\n", case.context, case.context),
        NO_PARENT => format!("{}\nOk(None)\n", case.context),
        error => format!("{}\nErr({error})\n", case.context),
    };
    role::same(&read, &expected)
}

fn in_place(value: &str) -> OsString {
    if value != NOT_UNICODE {
        return value.into();
    }
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(b"not \xFF Unicode".to_vec());
    #[cfg(windows)]
    return std::os::windows::ffi::OsStringExt::from_wide(&[0xD800]);
}

fn show_parent() {
    println!("{}", shown(&extract_parent_context()));
    match try_extract_parent_context() {
        Ok(None) => println!("Ok(None)"),
        Ok(Some(cx)) => println!("Ok(Some({}))", shown(&cx)),
        Err(error) => println!("Err({error})"),
    }
}

/// What the child shows of a context that it received in whole.
pub(crate) fn read_by_child(cx: &Context) -> String {
    let span = cx.span().span_context().clone();
    let (trace, id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
    let state = span.trace_state().clone();
    let cx = shown(&cx.with_remote_span_context(SpanContext::new(trace, id, flags, true, state)));
    format!("{cx}\nOk(Some({cx}))\n")
}

pub(crate) fn shown(cx: &Context) -> String {
    let span = cx.span();
    let span = span.span_context();
    let mut parts = Vec::new();
    if span.is_valid() {
        let (trace, id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
        let remote = if span.is_remote() { " remote" } else { "" };
        parts.push(format!("span {trace}-{id}-{flags:02x}{remote}"));
    } else {
        parts.push(EMPTY.to_owned());
    }
    if !span.trace_state().header().is_empty() {
        parts.push(format!("tracestate {}", span.trace_state().header()));
    }
    let mut baggage: Vec<String> = cx
        .baggage()
        .iter()
        .map(|(key, (value, metadata))| match metadata.as_str() {
            "" => format!("baggage {key}={value}"),
            metadata => format!("baggage {key}={value};{metadata}"),
        })
        .collect();
    baggage.sort();
    parts.extend(baggage);
    parts.join(", ")
}

/// W3C trace context under keys of one's own.
#[derive(Debug)]
struct Renamed(TraceContextPropagator);

impl TextMapPropagator for Renamed {
    fn inject_context(&self, _: &Context, _: &mut dyn Injector) {
        unreachable!("a child only extracts")
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        struct Prefixed<'a>(&'a dyn Extractor);
        impl Extractor for Prefixed<'_> {
            fn get(&self, key: &str) -> Option<&str> {
                self.0.get(&format!("my-{key}"))
            }
            fn keys(&self) -> Vec<&str> {
                unreachable!("W3C trace context knows its keys")
            }
        }
        self.0.extract_with_context(cx, &Prefixed(extractor))
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: std::sync::LazyLock<[String; 2]> =
            std::sync::LazyLock::new(|| ["my-traceparent", "my-tracestate"].map(String::from));
        FieldIter::new(&*FIELDS)
    }
}
