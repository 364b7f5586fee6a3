//! What a child receives through each builder of the guide's page, with the code of that page.

mod children;
mod page;
mod requests;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::{Context, KeyValue};

use crate::fixtures::contexts::{CASES, Case};

/// A shell and Kubernetes would change it.
const SPECIAL: Case = Case {
    name: "baggage with quotes and dollars",
    cx: || Context::new().with_baggage([KeyValue::new("key", "'$(SHELL)'$$(SHELL)$$")]),
    written: &[("BAGGAGE", "key='$(SHELL)'$$(SHELL)$$")],
};

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain([&SPECIAL])
}
