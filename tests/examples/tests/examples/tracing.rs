//! The example for `tracing`, with a collector to look at what it made.

use std::env::consts::EXE_SUFFIX;

use opentelemetry_proto::tonic::trace::v1::Span;

use crate::collector::Collector;
use crate::example;
use crate::spans::{assert_parent, named, received};

#[test]
fn each_child_continues_the_span_that_it_was_started_in() {
    let collector = Collector::start().unwrap();
    let output = example("tracing", &[]).envs(collector.variables()).output().unwrap();
    assert!(output.status.success(), "{output:?}");

    let spans = received(&collector);
    let count = |name: &str| spans.iter().filter(|span| span.name == name).count();
    let main = format!("tracing{EXE_SUFFIX}");
    assert_eq!((count(&main), count("compile"), count("translate")), (4, 3, 3));
    let build = named(&spans, "build");
    let root = spans.iter().find(|span| span.parent_span_id.is_empty()).unwrap();
    assert_parent(build, root);
    for compile in spans.iter().filter(|span| span.name == "compile") {
        assert_parent(compile, build);
        let below = |parent: &Span| {
            let mut children = spans.iter().filter(|span| span.parent_span_id == parent.span_id);
            children.next().unwrap()
        };
        assert_eq!(below(compile).name, main);
        assert_eq!(below(below(compile)).name, "translate");
    }
    let lines = String::from_utf8(output.stdout).unwrap();
    let with_baggage = lines.lines().filter(|line| line.contains("build.id 42")).count();
    assert_eq!((lines.lines().count(), with_baggage), (7, 7), "{lines}");
}
