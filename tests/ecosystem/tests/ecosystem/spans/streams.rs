//! Standard streams and results are those of the command's own method, to the letter.

use std::env;
use std::fs::File;
use std::io::Write as _;
use std::process::Stdio;

use crate::fixtures::roles::{self, NO_VARIABLES, Test};

use super::async_process_commands::ASYNC_PROCESS;
use super::exporters::export_to_memory;
use super::operations::{Operation, Streams};
use super::std_commands::STD;
use super::tokio_commands::TOKIO;

/// Which streams of the child are set.
type Set = (&'static str, fn() -> Streams);

const UNSET: Set = ("nothing is set", || [None, None, None]);
const PIPED: Set =
    ("all are piped", || [Some(Stdio::piped()), Some(Stdio::piped()), Some(Stdio::piped())]);
const OTHERS: [Set; 3] = [
    ("all are null", || [Some(Stdio::null()), Some(Stdio::null()), Some(Stdio::null())]),
    ("all are inherited", || {
        [Some(Stdio::inherit()), Some(Stdio::inherit()), Some(Stdio::inherit())]
    }),
    ("the input is a file", || [Some(File::open(FILE).unwrap().into()), None, None]),
];

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

pub(super) fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    for streams in [UNSET, PIPED].into_iter().chain(OTHERS) {
        tests.push(is_same(STD.status, streams));
        tests.push(is_same(STD.output, streams));
        tests.push(is_same(STD.wait, streams));
        tests.push(is_same(STD.wait_with_output, streams));
    }
    if cfg!(not(windows)) {
        tests.push(is_same(TOKIO.status, PIPED));
        tests.push(is_same(TOKIO.output, UNSET));
        tests.push(is_same(ASYNC_PROCESS.status, PIPED));
        tests.push(is_same(ASYNC_PROCESS.output, UNSET));
    }
    tests
}

/// The process of the test spawns itself again, with streams of which it has the other ends.
fn is_same(Operation { name, run }: Operation, (set, streams): Set) -> Test {
    const RUNS: &str = "RUNS_THE_COMMAND";
    let name = format!("{name} changes no stream in a span where {set}");
    let this = name.clone();
    let play = move || match env::var(RUNS) {
        Ok(how) => {
            let exporter = export_to_memory();
            let command = roles::command("answers its input and exits with", 3);
            let seen = run(command, streams(), how == "in a span").unwrap();
            println!("{}", seen.end);
            let spans = exporter.get_finished_spans().unwrap();
            assert_eq!(spans.len(), usize::from(how == "in a span"));
        }
        Err(_) => {
            let [in_span, as_it_is] = ["in a span", "as it is"].map(|how| {
                let mut process = roles::command(&this, "");
                process.env(RUNS, how).stdin(Stdio::piped());
                process.stdout(Stdio::piped()).stderr(Stdio::piped());
                let mut process = process.spawn().unwrap();
                // Nobody may read it.
                _ = process.stdin.take().unwrap().write_all(b"input");
                process.wait_with_output().unwrap()
            });
            assert!(as_it_is.status.success(), "{as_it_is:?}");
            assert_eq!(format!("{in_span:?}"), format!("{as_it_is:?}"));
        }
    };
    roles::test(name, NO_VARIABLES, play, "")
}
