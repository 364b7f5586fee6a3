//! A tree becomes rows of text.

use crate::tree::{Row, Tree};

/// What a terminal, a README and an issue have room for. Long names and notes make the rows wider.
const WIDTH: usize = 80;

/// `99999.9 ms`
const DURATION: usize = 10;

const HEADINGS: [&str; 5] = ["span", "process", "when it ran", "duration", "note"];

/// A row for each span, under headings, and the tree in a line.
pub(crate) fn draw(tree: &Tree) {
    let columns = Columns::of(tree);
    println!("{}", columns.line(HEADINGS));
    for row in &tree.rows {
        println!("{}", columns.row(row));
    }
    println!("{tree}");
}

/// How wide the columns are, and what time the bars begin and end at.
struct Columns {
    name: usize,
    process: usize,
    bar: usize,
    start: u64,
    end: u64,
}

impl Columns {
    fn of(tree: &Tree) -> Self {
        let widest = |heading: &str, cell: fn(&Row) -> String| {
            let cells = tree.rows.iter().map(|row| cell(row).chars().count());
            cells.max().unwrap_or(0).max(heading.len())
        };
        let [span_heading, process_heading, bar_heading, _, note_heading] = HEADINGS;
        let name = widest(span_heading, name);
        let process = widest(process_heading, process);
        let note = widest(note_heading, note);
        let gaps = 4 * "  ".len();
        let others = name + process + DURATION + note + gaps;
        Self {
            name,
            process,
            bar: WIDTH.saturating_sub(others).max(bar_heading.len()),
            start: tree.rows.iter().map(|row| row.span.start).min().unwrap_or(0),
            end: tree.rows.iter().map(|row| row.span.end).max().unwrap_or(0),
        }
    }

    fn row(&self, row: &Row) -> String {
        let milliseconds = row.span.end.saturating_sub(row.span.start) as f64 / 1e6;
        let duration = format!("{milliseconds:.1} ms");
        self.line([&name(row), &process(row), &self.bar(row), &duration, &note(row)])
    }

    fn line(&self, [name, process, bar, duration, note]: [&str; 5]) -> String {
        let (name_width, process_width, bar_width) = (self.name, self.process, self.bar);
        let line = format!(
            "{name:<name_width$}  {process:>process_width$}  {bar:<bar_width$}  {duration:>DURATION$}  {note}"
        );
        line.trim_end().to_owned()
    }

    /// When the span began and ended, on the time axis that all bars share.
    fn bar(&self, row: &Row) -> String {
        let column = |time: u64| {
            let all = self.end.saturating_sub(self.start).max(1);
            let part = time.saturating_sub(self.start) as f64 / all as f64;
            (part * self.bar as f64).round() as usize
        };
        let (start, end) = (column(row.span.start), column(row.span.end));
        // What was too short for the scale is one column wide, also at the end of the axis.
        let length = end.saturating_sub(start).max(1);
        let start = start.min(self.bar - 1);
        format!("{:start$}{}", "", "━".repeat(length))
    }
}

fn name(row: &Row) -> String {
    format!("{}{}", "  ".repeat(row.depth), row.span.name)
}

fn process(row: &Row) -> String {
    row.span.process.clone().unwrap_or_default()
}

fn note(row: &Row) -> String {
    let mut notes = Vec::new();
    if let Some(gap) = row.gap {
        notes.push(gap);
    }
    notes.extend(row.span.notes.iter().map(String::as_str));
    notes.join(", ")
}
