//! Spans become a tree.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::span::Span;

/// The spans in the order of their rows: each behind its parent, siblings by their start.
pub(crate) struct Tree {
    trace: String,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) span: Span,
    pub(crate) depth: usize,
    /// What separates the span, and all below it, from the root.
    pub(crate) gap: Option<&'static str>,
    is_connected: bool,
}

impl Tree {
    /// The root is the first span in `outer`, the span that the tree was spawned in (empty for none).
    /// Without spans there is no tree.
    pub(crate) fn new(mut spans: Vec<Span>, outer: &str) -> Option<Self> {
        spans.sort_by_key(|span| span.start);
        let ids: HashSet<String> = spans.iter().map(|span| span.id.clone()).collect();
        let mut tops = Vec::new();
        let mut children = HashMap::<String, Vec<Span>>::new();
        for span in spans {
            if ids.contains(&span.parent) {
                children.entry(span.parent.clone()).or_default().push(span);
            } else {
                tops.push(span);
            }
        }
        if let Some(root) = tops.iter().position(|span| span.parent == outer) {
            let root = tops.remove(root);
            tops.insert(0, root);
        }
        let trace = tops.first()?.trace.clone();

        let mut rows = Vec::new();
        for top in tops {
            let gap = if top.trace != trace {
                Some("another trace")
            } else if top.parent != outer {
                Some("parent missing")
            } else {
                None
            };
            // A link connects, too: that trace is another one on purpose.
            let is_linked = top.links.iter().any(|link| ids.contains(link));
            let is_connected = gap.is_none() || is_linked;
            let mut pending = vec![(top, 0)];
            while let Some((span, depth)) = pending.pop() {
                for mut child in children.remove(&span.id).unwrap_or_default().into_iter().rev() {
                    // Not every program notes its process id in its resource, but `MainSpan` records it.
                    if child.process.is_none() && child.is_in_process_of(&span) {
                        child.process = span.process.clone();
                    }
                    pending.push((child, depth + 1));
                }
                let gap_above = if depth == 0 { gap } else { None };
                rows.push(Row { span, depth, gap: gap_above, is_connected });
            }
        }
        Some(Self { trace, rows })
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.rows.iter().all(|row| row.is_connected)
    }
}

/// The last line of the drawing.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processes: HashSet<&String> =
            self.rows.iter().filter_map(|row| row.span.process.as_ref()).collect();
        let (trace, spans, processes) = (&self.trace, self.rows.len(), processes.len());
        write!(f, "trace {trace}: {spans} spans in {processes} processes, ")?;
        match self.rows.iter().filter(|row| !row.is_connected).count() {
            0 => write!(f, "all connected"),
            lost => write!(f, "{lost} not connected"),
        }
    }
}
