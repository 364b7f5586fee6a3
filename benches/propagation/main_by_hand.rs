//! The span around `main`, as a careful author writes it by hand.

use std::{env, process};

use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{KeyValue, global};
use opentelemetry_env_carrier::extract_parent_context;

pub(crate) fn main_with(code: i32) {
    let parent = extract_parent_context();
    let path = env::current_exe().unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let tracer = global::tracer("by hand");
    let span = tracer
        .span_builder(name.clone())
        .with_kind(SpanKind::Internal)
        .with_attributes([
            KeyValue::new("process.executable.name", name),
            KeyValue::new("process.executable.path", path.to_string_lossy().into_owned()),
            KeyValue::new("process.pid", i64::from(process::id())),
        ])
        .start_with_context(&tracer, &parent);
    let cx = parent.with_span(span);
    let _current = cx.clone().attach();
    cx.span().set_attribute(KeyValue::new("process.exit.code", i64::from(code)));
    if code != 0 {
        cx.span().set_attribute(KeyValue::new("error.type", code.to_string()));
        cx.span().set_status(Status::error(""));
    }
    cx.span().end();
}
