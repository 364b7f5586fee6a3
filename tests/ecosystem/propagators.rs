//! The published propagators, round-tripped through a real child.

use std::collections::BTreeMap;
use std::process::Command;

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

use crate::fixtures::contexts::{SPAN, SPAN_ID, TRACE_ID, shown, with_baggage, with_span_context};
use crate::fixtures::roles::{self, Role, lines};

pub(crate) const ROLES: &[Role] = &[
    ("parent with a published propagator", parent),
    ("child with a published propagator", child),
    ("process that counts allocations for B3", |_| count_allocations()),
    ("parent with propagated prefixes", |_| parent_with_prefixes()),
    ("child with propagated prefixes", |_| child_with_prefixes()),
];

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

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = vec![
        Trial::test(
            "without a span W3C trace context and X-Ray write nothing, and break nothing",
            || {
                let inherited = [("TRACEPARENT", "of those above"), ("X_AMZN_TRACE_ID", "too")];
                writes(&TraceContextPropagator::new(), &inherited, &inherited)?;
                writes(&XrayPropagator::new(), &inherited, &inherited)
            },
        ),
        Trial::test("without a span B3 writes a decision in place of what is inherited", || {
            let inherited = [("X_B3_SAMPLED", "1"), ("X_B3_TRACEID", "of those above")];
            writes(&B3::new(), &inherited, &[("X_B3_SAMPLED", "0")])
        }),
        Trial::test(
            "B3 in several variables leaves the single one, which it does not declare",
            || {
                let (single, sampled) = (("B3", "of those above"), ("X_B3_SAMPLED", "0"));
                writes(&B3::new(), &[single], &[single, sampled])?;
                let both = B3::with_encoding(B3Encoding::SingleAndMultiHeader);
                writes(&both, &[single], &[("B3", "0"), sampled])
            },
        ),
        Trial::test(
            "B3 in a single variable leaves the several, which it does not declare",
            || {
                let several = ("X_B3_TRACEID", "of those above");
                let single = B3::with_encoding(B3Encoding::SingleHeader);
                writes(&single, &[several], &[("B3", "0"), ("X_B3_SAMPLED", "0"), several])
            },
        ),
        Trial::test("of B3 a decision and a malformed span are no span, and no error", || {
            for value in ["0", "1", "d", "malformed"] {
                reads("B3 in a single variable", ("B3", value), "no span\n")?;
            }
            for value in ["0", "1", "true", "malformed"] {
                reads("B3 in several variables", ("X_B3_SAMPLED", value), "no span\n")?;
            }
            reads("B3 in several variables", ("X_B3_TRACEID", "malformed"), "no span\n")
        }),
        // Windows has another encoding, which costs allocations of its own.
        #[cfg(unix)]
        Trial::test("B3 costs at most 27 allocations to inject, and 13 to extract", || {
            let mut process = roles::command("process that counts allocations for B3", "");
            let variables =
                [("X_B3_TRACEID", TRACE_ID), ("X_B3_SPANID", SPAN_ID), ("X_B3_SAMPLED", "1")];
            let counts = roles::output(process.env_clear().envs(variables))?;
            let counts: Vec<u64> = counts.lines().map(|count| count.parse().unwrap()).collect();
            assert!(counts[0] <= 27 && counts[1] <= 13, "{counts:?}");
            Ok(())
        }),
        Trial::test("X-Ray reads the variable that AWS Lambda sets", || {
            let lambda =
                "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1";
            // It is not declared, so only the context shows that it is set.
            reads("X-Ray", ("_X_AMZN_TRACE_ID", lambda), &format!("{SPAN}\n"))
        }),
        Trial::test("names that are found by their prefix come back in upper case", || {
            let mut parent = roles::command("parent with propagated prefixes", "");
            roles::same(&roles::output(parent.env_clear())?, "USER_ID=alice\n")
        }),
    ];
    for (index, published) in PUBLISHED.iter().enumerate() {
        for sampled in [true, false] {
            for method in ["global", "using"] {
                let name = &published.name;
                let decision = if sampled { "sampled" } else { "not sampled" };
                let name = format!("{name}, {method}, carries a span that is {decision}");
                tests.push(Trial::test(name, move || round_trips(index, sampled, method)));
            }
        }
    }
    tests
}

fn round_trips(index: usize, sampled: bool, method: &str) -> Result<(), Failed> {
    let Published { make, carries_span, carries_baggage, .. } = PUBLISHED[index];
    // Each of them would spoil the context if it got through: a `1` in `X_B3_FLAGS`, say.
    let propagator = make();
    let stale = propagator.fields().map(|field| (normalize(field).into_owned(), "1".to_owned()));
    let mut parent =
        roles::command("parent with a published propagator", format!("{index} {sampled} {method}"));
    let received = roles::output(parent.env_clear().envs(stale.collect::<BTreeMap<_, _>>()))?;

    let flags = if sampled { "01" } else { "00" };
    let span = match carries_span {
        true => format!("span {TRACE_ID}-{SPAN_ID}-{flags} remote"),
        false => "no span".to_owned(),
    };
    let baggage = if carries_baggage { ", baggage build.id=42" } else { "" };
    roles::same(&received, &format!("{span}{baggage}\n"))
}

fn parent(case: &str) {
    let [index, sampled, method] = case.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{case}")
    };
    let propagator = (PUBLISHED[index.parse::<usize>().unwrap()].make)();
    let flags = if sampled == "true" { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let cx = with_baggage(with_span_context(flags, ""));

    let mut child =
        roles::command("child with a published propagator", format!("{index} {method}"));
    if method == "global" {
        global::set_text_map_propagator(Shared(propagator));
        child.with_trace_context_from(&cx);
    } else {
        child.with_trace_context_using(&*propagator, &cx);
    }
    assert!(child.status().unwrap().success());
}

fn child(case: &str) {
    let (index, method) = case.split_once(' ').unwrap();
    let propagator = (PUBLISHED[index.parse::<usize>().unwrap()].make)();
    if method == "global" {
        global::set_text_map_propagator(Shared(propagator));
        match try_extract_parent_context() {
            Ok(Some(tried)) => {
                assert_eq!(shown(&tried), shown(&extract_parent_context()));
                println!("{}", shown(&tried));
            }
            other => println!("{other:?}"),
        }
    } else {
        println!("{}", shown(&extract_parent_context_using(&*propagator)));
    }
}

fn count_allocations() {
    let cx = with_span_context(TraceFlags::SAMPLED, "");
    let b3 = B3::new();
    let mut command = Command::new("child");
    let inject = || _ = command.with_trace_context_using(&b3, &cx);
    println!("{}", measure(inject).count_total);
    let extract = || drop(extract_parent_context_using(&b3));
    extract(); // what is set up once does not count
    println!("{}", measure(extract).count_total);
}

/// What a child with a published propagator reads of a variable.
fn reads(name: &str, (variable, value): (&str, &str), expected: &str) -> Result<(), Failed> {
    let index = PUBLISHED.iter().position(|published| published.name == name).unwrap();
    let mut child = roles::command("child with a published propagator", format!("{index} global"));
    roles::same(&roles::output(child.env_clear().env(variable, value))?, expected)
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

fn parent_with_prefixes() {
    let cx = Context::new().with_baggage([KeyValue::new("User-Id", "alice")]);
    let mut child: Command = roles::command("child with propagated prefixes", "");
    assert!(child.with_trace_context_using(&Prefixed, &cx).status().unwrap().success());
}

fn child_with_prefixes() {
    for (key, (value, _)) in extract_parent_context_using(&Prefixed).baggage() {
        println!("{key}={value}");
    }
}
