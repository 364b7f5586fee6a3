//! Spans become a tree.

use std::collections::{HashMap, HashSet};
use std::fmt;

/// A span as it was received, with the process that it came from.
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty if the span has none.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) process: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// `build.id` of its baggage.
    pub(crate) build: Option<String>,
}

/// The spans in the order of their rows: each behind its parent, siblings by their start.
pub(crate) struct Tree {
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) span: Span,
    pub(crate) depth: usize,
    /// Whether its parent was received; the root needs none.
    pub(crate) has_parent: bool,
    /// Whether parent by parent the root is reached.
    pub(crate) is_connected: bool,
}

impl Tree {
    /// The root is the first span in `outer`, the span that the tree was spawned in (empty for none).
    pub(crate) fn new(mut spans: Vec<Span>, outer: &str) -> Self {
        spans.sort_by_key(|span| span.start);
        let ids: HashSet<String> = spans.iter().map(|span| span.id.clone()).collect();
        let (mut tops, mut children) = (Vec::new(), HashMap::<String, Vec<Span>>::new());
        for span in spans {
            match ids.contains(&span.parent) {
                true => children.entry(span.parent.clone()).or_default().push(span),
                false => tops.push(span),
            }
        }
        if let Some(root) = tops.iter().position(|span| span.parent == outer) {
            tops[..=root].rotate_right(1);
        }

        let mut rows = Vec::new();
        for top in tops {
            let is_connected = rows.is_empty() && top.parent == outer;
            let mut pending = vec![(top, 0)];
            while let Some((span, depth)) = pending.pop() {
                let below = children.remove(&span.id).unwrap_or_default();
                pending.extend(below.into_iter().rev().map(|span| (span, depth + 1)));
                let has_parent = is_connected || depth > 0;
                rows.push(Row { span, depth, has_parent, is_connected });
            }
        }
        Self { rows }
    }

    pub(crate) fn is_connected(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.is_connected)
    }
}

/// The last line of the drawing.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(root) = self.rows.first() else {
            return write!(
                f,
                "no span was received: is the trace that this was spawned in sampled?"
            );
        };
        let processes: HashSet<&str> = self.rows.iter().map(|row| &*row.span.process).collect();
        let (trace, spans, processes) = (&root.span.trace, self.rows.len(), processes.len());
        write!(f, "trace {trace}: {spans} spans in {processes} processes, ")?;
        match self.rows.iter().filter(|row| !row.is_connected).count() {
            0 => write!(f, "all connected"),
            lost => write!(f, "{lost} not connected"),
        }
    }
}
