//! Which propagator is used: the global one, or else those that `OTEL_PROPAGATORS` names, and what is logged
//! about these.

use std::ffi::OsString;

use opentelemetry::global;
use opentelemetry_env_carrier::extract_parent_context;
use tracing::level_filters::LevelFilter;

use crate::fixtures::contexts::{NO_SPAN, SPAN, TRACEPARENT, not_unicode};
use crate::fixtures::process::in_process;
use crate::fixtures::propagators::Scripted;
use crate::fixtures::shown::{no_parent, parent, show_parent};
use crate::fixtures::subscriber::{install_printer, install_reaction};

#[test]
fn otel_propagators_names_the_propagators_that_extract() {
    let both = || parent(&format!("{SPAN}, baggage a=1"));
    let propagators: [(OsString, String); 10] = [
        ("tracecontext".into(), parent(SPAN)),
        ("baggage".into(), parent("no span, baggage a=1")),
        (" Baggage ,TRACECONTEXT,,baggage".into(), both()),
        ("none".into(), no_parent(NO_SPAN)),
        ("tracecontext,none".into(), no_parent(NO_SPAN)),
        ("b3,tracecontext".into(), parent(SPAN)),
        ("b3,xray".into(), no_parent(NO_SPAN)),
        ("".into(), both()),
        (" , ".into(), both()),
        (not_unicode(), both()),
    ];
    for (propagators, shows) in propagators {
        let variables = [
            ("OTEL_PROPAGATORS", propagators),
            ("TRACEPARENT", TRACEPARENT.into()),
            ("BAGGAGE", "a=1".into()),
        ];
        in_process(variables, &shows, show_parent);
    }
}

#[test]
fn a_global_propagator_takes_precedence_over_otel_propagators() {
    let variables = [("OTEL_PROPAGATORS", "tracecontext"), ("X_TENANT", "acme")];
    in_process(variables, &parent(NO_SPAN), || {
        global::set_text_map_propagator(Scripted::for_tenants());
        show_parent();
    });
}

#[test]
fn propagators_to_be_set_in_code_are_logged_once_by_name() {
    logs("b3,B3,tracecontext,ottrace".into(), &unknown("b3 ottrace", 0));
}

#[test]
fn unknown_propagators_are_logged_once_by_their_number() {
    // As many as fit into a variable on Windows.
    let count = if cfg!(windows) { 5_000 } else { 20_000 };
    let propagators = format!("SECRET,tracecontext,{}jaeger", "tok3n,".repeat(count));
    logs(propagators.into(), &unknown("jaeger", count + 1));
}

#[test]
fn a_list_of_propagators_that_is_not_unicode_is_logged_once() {
    logs(
        not_unicode(),
        r#" WARN opentelemetry_env_carrier: OTEL_PROPAGATORS is not valid Unicode and is ignored name="EnvCarrier.PropagatorsNotUnicode"
"#,
    );
}

#[test]
fn a_subscriber_may_extract_when_it_receives_such_a_warning() {
    in_process([("OTEL_PROPAGATORS", "b3")], "", || {
        install_reaction(|| drop(extract_parent_context()));
        drop(extract_parent_context());
    });
}

/// With this in `OTEL_PROPAGATORS` two extractions log this.
#[track_caller]
fn logs(propagators: OsString, line: &str) {
    in_process([("OTEL_PROPAGATORS", propagators)], line, || {
        install_printer(LevelFilter::INFO);
        drop(extract_parent_context());
        drop(extract_parent_context());
    });
}

fn unknown(propagators: &str, others: usize) -> String {
    format!(
        r#" WARN opentelemetry_env_carrier: OTEL_PROPAGATORS names propagators that have to be set in code, with opentelemetry::global::set_text_map_propagator name="EnvCarrier.PropagatorUnknown" propagators="{propagators}" others={others}
"#
    )
}
