//! Which propagator is used: the global one, or else those that `OTEL_PROPAGATORS` names.

use std::ffi::OsString;

use opentelemetry::global;
use opentelemetry_env_carrier::extract_parent_context;

use crate::fixtures::contexts::{NO_SPAN, SPAN, TRACEPARENT, not_unicode};
use crate::fixtures::process::in_process;
use crate::fixtures::propagators::Scripted;
use crate::fixtures::shown::{no_parent, parent, show_parent};
use crate::fixtures::subscriber::install_reaction;

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
fn a_subscriber_may_extract_when_it_receives_such_a_warning() {
    in_process([("OTEL_PROPAGATORS", "b3")], "", || {
        install_reaction(|| drop(extract_parent_context()));
        drop(extract_parent_context());
    });
}
