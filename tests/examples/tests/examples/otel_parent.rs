//! A parent and a child, each with a span around its `main`.

#[cfg(unix)]
use std::{fs, path::Path, process::Command};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::collector::Collector;
use crate::example;
use crate::spans::{assert_parent, attributes, hex, received};

#[test]
fn both_halves_of_a_child_are_one_trace() {
    let collector = Collector::start().unwrap();
    let output = example("otel_parent", &[]).envs(collector.variables()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let spans = received(&collector);
    let find = |name: &str, kind| {
        let is_it = |span: &&_| -> bool {
            let span: &opentelemetry_proto::tonic::trace::v1::Span = span;
            span.name.starts_with(name) && span.kind() == kind
        };
        spans.iter().find(is_it).expect("the span")
    };
    let parent = find("otel_parent", SpanKind::Internal);
    let around = find("otel_child", SpanKind::Client);
    let child = find("otel_child", SpanKind::Internal);
    assert_eq!(spans.len(), 3);
    assert!(parent.parent_span_id.is_empty());
    assert_parent(around, parent);
    assert_parent(child, around);
    let pid = |span| attributes(span).into_iter().find(|text| text.starts_with("process.pid="));
    assert_eq!(pid(around), pid(child));
    let printed = format!("trace {}\n", hex(&parent.trace_id));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), printed);
}

/// On Windows a program may need files beside it, and does not run from another folder.
#[cfg(unix)]
#[test]
fn a_parent_whose_child_is_not_built_says_how_to_build_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("otel_parent alone");
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join("otel_parent");
    fs::copy(example("otel_parent", &[]).get_program(), &program).unwrap();
    let output = Command::new(program).env_clear().output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("`cargo build --example otel_child`"), "{errors}");
    assert_eq!(output.status.code(), Some(1));
}
