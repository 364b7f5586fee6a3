//! What a child makes of its environment, through `extract_parent_context` and through
//! `try_extract_parent_context`.

use std::collections::HashMap;
use std::panic;
use std::process::abort;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::{EnvCarrier, extract_parent_context_using};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::fixtures::contexts::{
    NO_SPAN, SPAN, TRACEPARENT, not_unicode, shown, with_numbered_span,
};
use crate::fixtures::process::{NO_VARIABLES, in_process};
use crate::fixtures::propagators::{Scripted, Tenant};
use crate::fixtures::shown::{
    INVALID_SPAN, incomplete, is_of_the_system, no_parent, parent, show_parent,
};

const BAGGAGE_NOT_UNICODE: &str = "environment variable BAGGAGE is not valid Unicode";

/// The minor version of `opentelemetry`, which this crate shares. The SDK's propagators differ by it.
fn minor_version() -> u32 {
    env!("CARGO_PKG_VERSION_MINOR").parse().unwrap()
}

/// A test for each row: what a child in an environment of just these variables extracts, with the global
/// propagator if there is one.
macro_rules! a_child_extracts {
    ($($name:ident: $variables:expr $(, with $propagator:expr)? => $shows:expr;)*) => {
        mod a_child_extracts {
            use super::*;

            $(
                #[test]
                fn $name() {
                    in_process($variables, &$shows, || {
                        $(global::set_text_map_propagator($propagator);)?
                        show_parent();
                    });
                }
            )*
        }
    };
}

a_child_extracts! {
    all_three_variables:
        [("TRACEPARENT", TRACEPARENT), ("TRACESTATE", "vendor=value"), ("BAGGAGE", "a=1,b=2;p")]
        => parent(&format!("{SPAN}, tracestate vendor=value, baggage a=1, baggage b=2;p"));
    a_span_alone: [("TRACEPARENT", TRACEPARENT)] => parent(SPAN);
    a_span_that_is_not_sampled:
        [("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")]
        => parent("span 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00 remote");
    a_span_with_the_random_flag_from_0_32:
        [("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03")]
        => if minor_version() < 32 { incomplete(NO_SPAN, INVALID_SPAN) } else { parent(SPAN) };
    baggage_alone: [("BAGGAGE", "a=1")] => parent("no span, baggage a=1");
    nothing_of_no_variable: NO_VARIABLES => no_parent(NO_SPAN);
    nothing_of_three_empty_variables:
        [("TRACEPARENT", ""), ("TRACESTATE", ""), ("BAGGAGE", "")] => no_parent(NO_SPAN);
    a_span_beside_two_empty_variables:
        [("TRACEPARENT", TRACEPARENT), ("TRACESTATE", ""), ("BAGGAGE", "")] => parent(SPAN);
    nothing_of_a_malformed_span: [("TRACEPARENT", "00-malformed")] => incomplete(NO_SPAN, INVALID_SPAN);
    baggage_beside_a_malformed_span:
        [("TRACEPARENT", "x"), ("TRACESTATE", "vendor=value"), ("BAGGAGE", "a=1")]
        => incomplete("no span, baggage a=1", INVALID_SPAN);
    a_tracestate_without_its_span_which_is_not_an_error: [("TRACESTATE", "vendor=value")] => parent(NO_SPAN);
    a_span_beside_a_malformed_tracestate_which_is_not_an_error:
        [("TRACEPARENT", TRACEPARENT), ("TRACESTATE", "malformed")] => parent(SPAN);
    malformed_baggage_which_is_not_an_error: [("BAGGAGE", "malformed")] => parent(NO_SPAN);
    baggage_beside_a_span_that_is_not_unicode:
        [("TRACEPARENT", not_unicode()), ("BAGGAGE", "a=1".into())]
        => incomplete("no span, baggage a=1", "environment variable TRACEPARENT is not valid Unicode");
    nothing_of_a_tracestate_that_is_not_unicode:
        [("TRACESTATE", not_unicode())]
        => incomplete(NO_SPAN, "environment variable TRACESTATE is not valid Unicode");
    a_span_beside_baggage_that_is_not_unicode:
        [("TRACEPARENT", TRACEPARENT.into()), ("BAGGAGE", not_unicode())]
        => incomplete(SPAN, BAGGAGE_NOT_UNICODE);
    the_first_error_by_name_of_three_variables_that_are_not_unicode:
        [("TRACEPARENT", not_unicode()), ("TRACESTATE", not_unicode()), ("BAGGAGE", not_unicode())]
        => incomplete(NO_SPAN, BAGGAGE_NOT_UNICODE);
    that_baggage_is_not_unicode_rather_than_that_the_span_is_invalid:
        [("TRACEPARENT", "x".into()), ("BAGGAGE", not_unicode())]
        => incomplete(NO_SPAN, BAGGAGE_NOT_UNICODE);
    that_the_last_of_many_variables_is_not_unicode:
        [("J", not_unicode())], with Scripted::new(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"], &[])
        => incomplete(NO_SPAN, "environment variable J is not valid Unicode");
    a_span_of_another_format_though_that_of_w3c_is_malformed:
        [("TRACEPARENT", "00-malformed"), ("MY_TRACEPARENT", TRACEPARENT)], with another_format() => parent(SPAN);
    nothing_from_variables_of_another_format:
        [("TRACEPARENT", TRACEPARENT)], with another_format() => no_parent(NO_SPAN);
    a_malformed_span_of_another_format_which_is_not_an_error:
        [("MY_TRACEPARENT", "00-malformed")], with another_format() => parent(NO_SPAN);
    something_that_is_no_span: [("X_TENANT", "acme")], with Scripted::for_tenants() => parent(NO_SPAN);
    nothing_of_a_malformed_span_that_the_propagator_does_not_declare:
        [("TRACEPARENT", "00-malformed")], with Scripted::for_tenants() => no_parent(NO_SPAN);
    nothing_of_an_invalid_span_that_the_propagator_keeps:
        [("TRACEPARENT", "00-malformed")], with propagator_that_keeps_invalid_spans()
        => incomplete(NO_SPAN, INVALID_SPAN);
}

/// On Windows they are the same.
#[cfg(not(windows))]
#[test]
fn lower_case_names_are_other_variables() {
    let variables = [("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("baggage", "a=1")];
    in_process(variables, &no_parent(NO_SPAN), show_parent);
}

#[test]
fn the_current_span_stays_unless_another_is_inherited() {
    const CURRENT: &str = "span 0000000000000000000000000000000c-000000000000000c-01";

    for (traceparent, shows) in [
        ("", no_parent(CURRENT)),
        ("00-malformed", incomplete(CURRENT, INVALID_SPAN)),
        (TRACEPARENT, parent(SPAN)),
        // The current one once more is a parent.
        (
            "00-0000000000000000000000000000000c-000000000000000c-01",
            parent(&format!("{CURRENT} remote")),
        ),
    ] {
        in_process([("TRACEPARENT", traceparent)], &shows, || {
            let _current = with_numbered_span(0xb).attach();
            show_parent();
        });
    }
}

/// As if no span had been extracted, because under it the SDK would sample nothing.
#[test]
fn an_invalid_span_is_not_extracted_but_baggage_beside_it_is() {
    in_process([("TRACEPARENT", "00-malformed")], "", || {
        let propagator = || {
            Scripted::new(&["traceparent"], &[]).with_extract(|cx, _| {
                let cx = cx.with_baggage([KeyValue::new("extracted", "1")]);
                cx.with_remote_span_context(SpanContext::NONE)
            })
        };
        for current in [Context::new(), with_numbered_span(7)] {
            let current = current.with_value(Tenant("current".to_owned()));
            let span = shown(&current);
            let _current = current.attach();
            let cx = extract_parent_context_using(&propagator());
            assert_eq!(shown(&cx), format!("{span}, baggage extracted=1"));
            assert_eq!(cx.has_active_span(), span != NO_SPAN);
            assert_eq!(cx.get(), Some(&Tenant("current".to_owned())));
        }
    });
}

/// It is as good as none.
#[test]
fn an_invalid_span_that_is_current_does_not_stay() {
    in_process(NO_VARIABLES, "", || {
        let invalid = Context::new().with_remote_span_context(SpanContext::NONE);
        let _current = invalid.with_baggage([KeyValue::new("current", "1")]).attach();
        let cx = extract_parent_context_using(&TraceContextPropagator::new());
        assert!(!cx.has_active_span());
        assert_eq!(shown(&cx), format!("{NO_SPAN}, baggage current=1"));
    });
}

#[test]
fn an_explicit_propagator_alone_extracts() {
    in_process([("TRACEPARENT", TRACEPARENT), ("X_TENANT", "acme")], "", || {
        let cx = extract_parent_context_using(&Scripted::for_tenants());
        assert_eq!(cx.get(), Some(&Tenant("acme".to_owned())));
        assert!(!cx.has_active_span());
    });
}

#[test]
fn an_empty_variable_is_unset_for_every_propagator() {
    in_process([("X_TENANT", "")], "", || {
        let cx = extract_parent_context_using(&Scripted::for_tenants());
        assert_eq!(cx.get::<Tenant>(), None);
    });
}

#[test]
fn a_propagator_that_lists_keys_sees_what_is_normalized_and_not_empty() {
    let variables = [("B", "2"), ("A", "1"), ("EMPTY", ""), ("not-normalized", "3")];
    in_process(variables, "", || {
        let propagator = Scripted::new(&[], &[]).with_extract(|cx, extractor| {
            let mut keys = extractor.keys();
            keys.retain(|key| !is_of_the_system(key));
            assert_eq!(keys, ["A", "B"]);
            cx.clone()
        });
        drop(extract_parent_context_using(&propagator));
    });
}

#[test]
fn a_propagator_that_cannot_inject_is_never_asked_to() {
    in_process([("X_TENANT", "acme")], &parent(NO_SPAN), || {
        // A panic would end the process, as it does with `panic = "abort"`.
        panic::set_hook(Box::new(|_| abort()));
        global::set_text_map_propagator(
            Scripted::for_tenants().with_inject(|_, _| unimplemented!()),
        );
        show_parent();
    });
}

#[test]
fn baggage_is_read_up_to_the_limits_of_the_sdk_that_the_guide_states() {
    let entries = |count: usize| {
        let entries: Vec<String> = (0..count).map(|number| format!("key{number}=value")).collect();
        entries.join(",")
    };
    // Two entries: up to 0.31 the limit does not count the separator between them.
    let bytes = |count: usize| {
        let first = format!("a={},b=", "v".repeat(4_094));
        format!("{first}{}", "v".repeat(count - first.len()))
    };
    for (baggage, entries_read) in [
        (entries(64), 64),
        (entries(65), 64),
        (bytes(8_192), 2),
        (bytes(8_193), if minor_version() < 32 { 2 } else { 0 }),
    ] {
        let variables = vec![("BAGGAGE".to_owned(), baggage)];
        let cx = BaggagePropagator::new().extract(&EnvCarrier::new(&variables));
        assert_eq!(cx.baggage().len(), entries_read, "{variables:?}");
    }
}

/// Whatever the values are, even if they are not Unicode.
#[cfg(unix)]
#[test]
fn any_environment_is_survived() {
    use std::cell::RefCell;
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::Strategy as _;
    use proptest::sample::select;
    use proptest::test_runner::{Config, TestRunner};

    use crate::fixtures::process::{output, process};

    let process = RefCell::new(process(show_parent));
    let name = select(&["TRACEPARENT", "TRACESTATE", "BAGGAGE", "OTEL_PROPAGATORS", "OTHER"]);
    let value = vec(1..=u8::MAX, 0..80).prop_map(OsString::from_vec);
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&btree_map(name, value, 0..6), |variables| {
        output(process.borrow_mut().env_clear().envs(variables));
        Ok(())
    });
    result.unwrap();
}

/// W3C trace context in a variable of its own.
fn another_format() -> Scripted {
    Scripted::new(&["my-traceparent"], &[]).with_extract(|cx, extractor| {
        let traceparent = extractor.get("my-traceparent").unwrap_or_default().to_owned();
        let headers = HashMap::from([("traceparent".to_owned(), traceparent)]);
        TraceContextPropagator::new().extract_with_context(cx, &headers)
    })
}

/// The context has a span even if it is not valid.
fn propagator_that_keeps_invalid_spans() -> Scripted {
    Scripted::new(&["traceparent"], &[])
        .with_extract(|cx, _| cx.with_remote_span_context(SpanContext::NONE))
}
