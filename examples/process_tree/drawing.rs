//! A tree becomes rows on the screen.

use std::io;

use anstream::println;
use anstyle::{AnsiColor, Style};
use terminal_size::{Width, terminal_size_of};

use crate::tree::{Row, Tree};

const NAME: Style = Style::new().bold();
const PROCESS: Style = Style::new().dimmed();
const BAR: Style = AnsiColor::Cyan.on_default();
const LOST: Style = AnsiColor::Red.on_default();
const PLAIN: Style = Style::new();

/// One row per span, no wider than the terminal; without colours if the output is not a terminal, or
/// `NO_COLOR` is set.
pub(crate) fn draw(tree: &Tree) {
    let terminal = terminal_size_of(io::stdout());
    let width = terminal.map_or(80, |(Width(width), _)| usize::from(width));
    let columns = Columns::of(tree, width);
    for row in &tree.rows {
        println!("{}", clipped(&columns.cells(row), width));
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
    fn of(tree: &Tree, width: usize) -> Self {
        let widest = |length: fn(&Row) -> usize| tree.rows.iter().map(length).max().unwrap_or(0);
        let name = widest(|row| name(row).len());
        let process = widest(|row| row.span.process.len());
        let note = widest(|row| note(row).len());
        Self {
            name,
            process,
            bar: width.saturating_sub(name + 2 + process + 2 + 2 + DURATION + 2 + note),
            start: tree.rows.iter().map(|row| row.span.start).min().unwrap_or(0),
            end: tree.rows.iter().map(|row| row.span.end).max().unwrap_or(0),
        }
    }

    fn cells(&self, row: &Row) -> Vec<(Style, String)> {
        let milliseconds = row.span.end.saturating_sub(row.span.start) as f64 / 1e6;
        vec![
            (NAME, format!("{:<1$}", name(row), self.name + 2)),
            (PROCESS, format!("{:>1$}  ", row.span.process, self.process)),
            (if row.is_connected { BAR } else { LOST }, self.bar(row)),
            (PLAIN, format!("  {milliseconds:>width$.1} ms  ", width = DURATION - " ms".len())),
            (if row.has_parent { PLAIN } else { LOST }, note(row)),
        ]
    }

    /// When the span began and ended, on the time axis that all bars share.
    fn bar(&self, row: &Row) -> String {
        let place = |time: u64| {
            let part = (time - self.start) as f64 / (self.end - self.start).max(1) as f64;
            (part * self.bar as f64).round() as usize
        };
        let (start, end) = (place(row.span.start), place(row.span.end));
        let bar = "━".repeat(end.saturating_sub(start).max(1));
        format!("{:<1$}", format!("{:start$}{bar}", ""), self.bar)
    }
}

/// `99999.9 ms`
const DURATION: usize = 10;

fn name(row: &Row) -> String {
    format!("{:1$}{name}", "", row.depth * 2, name = row.span.name)
}

fn note(row: &Row) -> String {
    match &row.span.build {
        _ if !row.has_parent => "parent missing".to_owned(),
        Some(build) => format!("build.id={build}"),
        None => String::new(),
    }
}

fn clipped(cells: &[(Style, String)], width: usize) -> String {
    let mut room = width;
    let mut line = String::new();
    for (style, text) in cells {
        let text: String = text.chars().take(room).collect();
        room -= text.chars().count();
        line += &format!("{style}{text}{style:#}");
    }
    line.trim_end().to_owned()
}
