//! What was exported, as a tree.

use std::fs;
use std::path::Path;

/// A line for each span, under its parent span. One whose parent span is not there begins a tree, so
/// there is one tree if the trace is whole.
pub(crate) fn trace(folder: impl AsRef<Path>) -> String {
    let exported = fs::read_to_string(folder.as_ref().join("spans")).unwrap();
    let spans: Vec<Span<'_>> = exported.lines().map(span).collect();
    let mut trees: Vec<String> = spans
        .iter()
        .filter(|span| !spans.iter().any(|other| span.is_child_of(other)))
        .map(|root| tree(root, &spans, 0))
        .collect();
    trees.sort();
    trees.concat()
}

struct Span<'a> {
    trace: &'a str,
    id: &'a str,
    parent: &'a str,
    linked: &'a str,
    /// Its name first.
    what_happened: &'a str,
}

impl Span<'_> {
    fn is_child_of(&self, other: &Self) -> bool {
        self.trace == other.trace && self.parent == other.id
    }

    fn name(&self) -> &str {
        self.what_happened.split(' ').next().unwrap()
    }
}

/// A line of the exporter in `src/telemetry.rs`.
fn span(line: &str) -> Span<'_> {
    let mut parts = line.splitn(5, ' ');
    let mut part = || parts.next().unwrap();
    Span { trace: part(), id: part(), parent: part(), linked: part(), what_happened: part() }
}

fn tree(span: &Span<'_>, spans: &[Span<'_>], depth: usize) -> String {
    let mut children: Vec<String> = spans
        .iter()
        .filter(|child| child.is_child_of(span))
        .map(|child| tree(child, spans, depth + 1))
        .collect();
    children.sort();
    let linked = spans.iter().filter(|other| other.id == span.linked);
    let linked: String = linked.map(|other| format!(" linked to {}", other.name())).collect();
    format!("{}{}{linked}\n{}", "  ".repeat(depth), span.what_happened, children.concat())
}
