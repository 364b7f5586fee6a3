//! The published propagators, round-tripped through a real child.

#[cfg(unix)]
use std::process::Command;

#[cfg(unix)]
use allocation_counter::measure;
use libtest_mimic::{Failed, Trial};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{
    Extractor, Injector, TextMapCompositePropagator, TextMapPropagator,
};
use opentelemetry::trace::TraceFlags;
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_env_carrier::{
    WithTraceContext as _, extract_parent_context, extract_parent_context_using, normalize,
    try_extract_parent_context,
};
use opentelemetry_propagator_b3::{B3Encoding, Propagator as B3};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::fixtures::contexts::{
    NO_SPAN, SPAN, SPAN_ID, TRACE_ID, shown, with_baggage, with_span_context,
};
use crate::fixtures::roles::{self, NO_VARIABLES, Role, Test, lines, test};

type AnyPropagator = Box<dyn TextMapPropagator + Send + Sync>;

struct Published {
    name: &'static str,
    make: fn() -> AnyPropagator,
    carries_span: bool,
    carries_baggage: bool,
}

const PUBLISHED: &[Published] = &[
    Published {
        name: "W3C trace context",
        make: || Box::new(TraceContextPropagator::new()),
        carries_span: true,
        carries_baggage: false,
    },
    Published {
        name: "W3C baggage",
        make: || Box::new(BaggagePropagator::new()),
        carries_span: false,
        carries_baggage: true,
    },
    Published {
        name: "B3 in a single variable",
        make: || Box::new(B3::with_encoding(B3Encoding::SingleHeader)),
        carries_span: true,
        carries_baggage: false,
    },
    Published {
        name: "B3 in several variables",
        make: || Box::new(B3::with_encoding(B3Encoding::MultipleHeader)),
        carries_span: true,
        carries_baggage: false,
    },
    Published {
        name: "B3 in both forms",
        make: || Box::new(B3::with_encoding(B3Encoding::SingleAndMultiHeader)),
        carries_span: true,
        carries_baggage: false,
    },
    Published {
        name: "B3 of the deprecated opentelemetry-zipkin",
        make: zipkin,
        carries_span: true,
        carries_baggage: false,
    },
    Published {
        name: "X-Ray",
        make: || Box::new(XrayPropagator::new()),
        carries_span: true,
        carries_baggage: false,
    },
    Published {
        name: "X-Ray and W3C baggage together",
        make: || {
            composite(vec![Box::new(XrayPropagator::new()), Box::new(BaggagePropagator::new())])
        },
        carries_span: true,
        carries_baggage: true,
    },
    Published {
        name: "W3C and B3 and X-Ray together",
        make: || {
            composite(vec![
                Box::new(TraceContextPropagator::new()),
                Box::new(BaggagePropagator::new()),
                Box::new(B3::with_encoding(B3Encoding::SingleAndMultiHeader)),
                Box::new(XrayPropagator::new()),
            ])
        },
        carries_span: true,
        carries_baggage: true,
    },
];

pub(crate) fn tests() -> Vec<Test> {
    let mut tests = vec![
        Trial::test(
            "without a span W3C trace context and X-Ray write nothing, and break nothing",
            || {
                let inherited = [("TRACEPARENT", "of those above"), ("X_AMZN_TRACE_ID", "too")];
                writes(&TraceContextPropagator::new(), &inherited, &inherited)?;
                writes(&XrayPropagator::new(), &inherited, &inherited)
            },
        )
        .into(),
        Trial::test("without a span B3 writes a decision in place of what is inherited", || {
            let inherited = [("X_B3_SAMPLED", "1"), ("X_B3_TRACEID", "of those above")];
            writes(&B3::new(), &inherited, &[("X_B3_SAMPLED", "0")])
        })
        .into(),
        Trial::test(
            "B3 in several variables leaves the single one, which it does not declare",
            || {
                let (single, sampled) = (("B3", "of those above"), ("X_B3_SAMPLED", "0"));
                writes(&B3::new(), &[single], &[single, sampled])?;
                let both = B3::with_encoding(B3Encoding::SingleAndMultiHeader);
                writes(&both, &[single], &[("B3", "0"), sampled])
            },
        )
        .into(),
        Trial::test(
            "B3 in a single variable leaves the several, which it does not declare",
            || {
                let several = ("X_B3_TRACEID", "of those above");
                let single = B3::with_encoding(B3Encoding::SingleHeader);
                writes(&single, &[several], &[("B3", "0"), ("X_B3_SAMPLED", "0"), several])
            },
        )
        .into(),
        // Windows has another encoding, which costs allocations of its own.
        #[cfg(unix)]
        test(
            "B3 costs at most 27 allocations to inject, and 13 to extract",
            [("X_B3_TRACEID", TRACE_ID), ("X_B3_SPANID", SPAN_ID), ("X_B3_SAMPLED", "1")],
            count_allocations,
            "",
        ),
        // It is not declared, so only the context shows that it is set.
        reads(
            "X-Ray",
            "_X_AMZN_TRACE_ID", // which AWS Lambda sets
            "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1",
            SPAN,
        ),
        test(
            "names that are found by their prefix come back in upper case",
            NO_VARIABLES,
            || {
                let cx = Context::new().with_baggage([KeyValue::new("User-Id", "alice")]);
                let mut child = roles::command("child with propagated prefixes", "");
                assert!(child.with_trace_context_using(&Prefixed, &cx).status().unwrap().success());
            },
            "USER_ID=alice\n",
        ),
    ];
    // A decision and a malformed span are no span, and no error.
    for value in ["0", "1", "d", "malformed"] {
        tests.push(reads("B3 in a single variable", "B3", value, NO_SPAN));
    }
    for value in ["0", "1", "true", "malformed"] {
        tests.push(reads("B3 in several variables", "X_B3_SAMPLED", value, NO_SPAN));
    }
    tests.push(reads("B3 in several variables", "X_B3_TRACEID", "malformed", NO_SPAN));
    for published in PUBLISHED {
        for flags in [TraceFlags::SAMPLED, TraceFlags::NOT_SAMPLED] {
            tests.push(round_trips(published, flags));
        }
    }
    tests
}

/// It goes through a child of each way to use the propagator.
fn round_trips(published: &'static Published, flags: TraceFlags) -> Test {
    let Published { name, make, carries_span, carries_baggage } = published;
    // Each of them would spoil the context if it got through: a `1` in `X_B3_FLAGS`, say.
    let propagator = make();
    let stale = propagator.fields().map(|field| (normalize(field).into_owned(), "1"));
    let stale: Vec<(String, &str)> = stale.collect();
    let span = match carries_span {
        true => format!("span {TRACE_ID}-{SPAN_ID}-{flags:02x} remote"),
        false => NO_SPAN.to_owned(),
    };
    let baggage = if *carries_baggage { ", baggage build.id=42" } else { "" };
    let inject = move || {
        let cx = with_baggage(with_span_context(flags, ""));
        let mut child = roles::command("child that is given its propagator", name);
        child.with_trace_context_using(&*make(), &cx);
        assert!(child.status().unwrap().success());
        global::set_text_map_propagator(Shared(make()));
        let mut child = roles::command("child with a global propagator", name);
        assert!(child.with_trace_context_from(&cx).status().unwrap().success());
    };
    let name = format!("{name} carries a span with the flags {flags:02x}");
    test(name, stale, inject, format!("{span}{baggage}\n").repeat(2))
}

/// What a child with a published propagator reads of a variable.
fn reads(name: &'static str, variable: &'static str, value: &'static str, expected: &str) -> Test {
    let read = || read_with_global_propagator(name);
    let name = format!("{name} reads {variable}={value} as {expected}");
    test(name, [(variable, value)], read, format!("{expected}\n"))
}

pub(crate) const ROLES: &[Role] = &[
    ("child with a global propagator", read_with_global_propagator),
    ("child that is given its propagator", |name| {
        println!("{}", shown(&extract_parent_context_using(&*(published(name).make)())));
    }),
    ("child with propagated prefixes", |_| {
        for (key, (value, _)) in extract_parent_context_using(&Prefixed).baggage() {
            println!("{key}={value}");
        }
    }),
];

fn published(name: &str) -> &'static Published {
    PUBLISHED.iter().find(|published| published.name == name).unwrap()
}

fn read_with_global_propagator(name: &str) {
    global::set_text_map_propagator(Shared((published(name).make)()));
    match try_extract_parent_context() {
        Ok(Some(tried)) => {
            assert_eq!(shown(&tried), shown(&extract_parent_context()));
            println!("{}", shown(&tried));
        }
        other => println!("{other:?}"),
    }
}

#[cfg(unix)]
fn count_allocations() {
    let cx = with_span_context(TraceFlags::SAMPLED, "");
    let b3 = B3::new();
    let mut command = Command::new("child");
    let injection = measure(|| _ = command.with_trace_context_using(&b3, &cx)).count_total;
    let extract = || drop(extract_parent_context_using(&b3));
    extract(); // what is set up once does not count
    let extraction = measure(extract).count_total;
    assert!(injection <= 27 && extraction <= 13, "{injection}, {extraction}");
}

/// What the propagator writes without a span, and what that leaves of the inherited variables.
fn writes(
    propagator: &dyn TextMapPropagator,
    inherited: &[(&str, &str)],
    received: &[(&str, &str)],
) -> Result<(), Failed> {
    let mut child = roles::command("show its environment", "");
    child.env_clear().envs(inherited.iter().copied());
    child.with_trace_context_using(propagator, &Context::new());
    roles::same(&roles::output(&mut child)?, &lines(received.iter().copied().collect()))
}

#[expect(deprecated, reason = "some programs still have it")]
fn zipkin() -> AnyPropagator {
    use opentelemetry_zipkin::{B3Encoding, Propagator};
    Box::new(Propagator::with_encoding(B3Encoding::SingleAndMultiHeader))
}

fn composite(propagators: Vec<AnyPropagator>) -> AnyPropagator {
    Box::new(TextMapCompositePropagator::new(propagators))
}

/// The global propagator has to be a type of its own.
#[derive(Debug)]
struct Shared(AnyPropagator);

impl TextMapPropagator for Shared {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        self.0.inject_context(cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        self.0.extract_with_context(cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.0.fields()
    }
}

/// Baggage as Jaeger has it: a variable an entry, found by the beginning of its name.
#[derive(Debug)]
struct Prefixed;

const PREFIX: &str = "uberctx-";

impl TextMapPropagator for Prefixed {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        for (key, (value, _)) in cx.baggage() {
            injector.set(&format!("{PREFIX}{key}"), value.to_string());
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let as_written = extractor.keys().into_iter().filter(|key| key.starts_with(PREFIX));
        assert_eq!(as_written.count(), 0, "no key comes back as it was written");
        let prefix = normalize(PREFIX);
        let entries = extractor.keys().into_iter().filter_map(|key| {
            let name = key.strip_prefix(&*prefix)?;
            Some(KeyValue::new(name.to_owned(), extractor.get(key)?.to_owned()))
        });
        cx.with_baggage(entries)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}
