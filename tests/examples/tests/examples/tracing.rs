//! The example for `tracing`, with a collector to look at what it made.

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
    assert_eq!((spans.len(), count("compile"), count("translate")), (7, 3, 3));
    let build = named(&spans, "build");
    assert!(build.parent_span_id.is_empty());
    for compile in spans.iter().filter(|span| span.name == "compile") {
        assert_parent(compile, build);
        let children = spans.iter().filter(|span| span.parent_span_id == compile.span_id);
        let children: Vec<_> = children.collect();
        assert_eq!(children.len(), 1);
        assert_eq!(children[0].name, "translate");
        assert_parent(children[0], compile);
    }
    let lines = String::from_utf8(output.stdout).unwrap();
    let with_baggage = lines.lines().filter(|line| line.contains("build.id 42")).count();
    assert_eq!((lines.lines().count(), with_baggage), (7, 7), "{lines}");
}
