//! What an example draws.

use std::env;
use std::process::{Command, Output};

/// What the example wrote, and how it ended.
pub(crate) struct Drawn {
    pub(crate) text: String,
    pub(crate) errors: String,
    pub(crate) code: Option<i32>,
}

impl Drawn {
    pub(crate) fn by(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        Self {
            text: String::from_utf8(stdout).unwrap(),
            errors: String::from_utf8(stderr).unwrap(),
            code: status.code(),
        }
    }

    pub(crate) fn last_line(&self) -> &str {
        self.text.lines().next_back().unwrap()
    }

    /// What is between the headings and the last line.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &str> {
        let rows = self.text.lines().skip_while(|line| !line.starts_with("span ")).skip(1);
        rows.take_while(|line| !line.starts_with("trace "))
    }

    /// The path of each span, and its note, sorted: siblings may begin in any order.
    pub(crate) fn outline(&self) -> Vec<String> {
        let mut path = Vec::new();
        let mut outline = Vec::new();
        for row in self.rows() {
            path.truncate((row.len() - row.trim_start().len()) / 2);
            let (name, _) = row.trim_start().split_once("  ").unwrap();
            path.push(base_name(name));
            let (_, note) = row.split_once(" ms").unwrap();
            outline.push(format!("{} {}", path.join("/"), note.trim_start()).trim_end().to_owned());
        }
        outline.sort();
        outline
    }
}

/// The name of a span without `.exe`, which the name of a program has on Windows.
pub(crate) fn base_name(name: &str) -> &str {
    name.strip_suffix(env::consts::EXE_SUFFIX).unwrap_or(name)
}
