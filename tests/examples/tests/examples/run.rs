//! A program that was run to its end.

use std::env;
use std::process::{Command, Output};

pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        Self {
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
            code: status.code(),
        }
    }

    pub(crate) fn last_line(&self) -> &str {
        self.stdout.lines().next_back().unwrap()
    }

    /// The last line without the id of the trace.
    pub(crate) fn summary(&self) -> &str {
        self.last_line().split_once(": ").unwrap().1
    }

    /// What is between the headings and the last line of a drawing.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &str> {
        let rows = self.stdout.lines().skip_while(|line| !line.starts_with("span ")).skip(1);
        rows.take_while(|line| !line.starts_with("trace "))
    }

    /// The path and the note of each span, sorted, as siblings may begin in any order. No program ends with `.exe`.
    pub(crate) fn outline(&self) -> Vec<String> {
        let mut path = Vec::new();
        let mut outline = Vec::new();
        for row in self.rows() {
            path.truncate((row.len() - row.trim_start().len()) / 2);
            let (name, _) = row.trim_start().split_once("  ").unwrap();
            path.push(name.strip_suffix(env::consts::EXE_SUFFIX).unwrap_or(name));
            let (_, note) = row.split_once(" ms").unwrap();
            outline.push(format!("{} {}", path.join("/"), note.trim_start()).trim_end().to_owned());
        }
        outline.sort();
        outline
    }
}
