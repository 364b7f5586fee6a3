//! Standard streams, errors and results are those of the command's own method, to the letter.

use std::fs::File;
use std::io::Write as _;
use std::process::{Output, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::fixtures::roles;

use super::kinds::{Kind, Operation, Streams};
use super::{KINDS, always_on, block_on, export_spans};

/// What is set of the streams of the child.
struct Case {
    name: &'static str,
    streams: fn() -> Streams,
}

const CASES: &[Case] = &[
    Case { name: "nothing is set", streams: || [None, None, None] },
    Case {
        name: "all are null",
        streams: || [Some(Stdio::null()), Some(Stdio::null()), Some(Stdio::null())],
    },
    Case {
        name: "all are piped",
        streams: || [Some(Stdio::piped()), Some(Stdio::piped()), Some(Stdio::piped())],
    },
    Case {
        name: "all are inherited",
        streams: || [Some(Stdio::inherit()), Some(Stdio::inherit()), Some(Stdio::inherit())],
    },
    Case {
        name: "the input is a file",
        streams: || {
            [
                Some(File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/guide.rs")).unwrap().into()),
                None,
                None,
            ]
        },
    },
];

const OPERATIONS: [Operation; 4] =
    [Operation::Status, Operation::Output, Operation::Wait, Operation::WaitWithOutput];

pub(super) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for (c, case) in CASES.iter().enumerate() {
        for (o, operation) in OPERATIONS.iter().enumerate() {
            tests.extend(KINDS.map(|kind| {
                let name = format!("a span changes no stream where {}", case.name);
                Trial::test(format!("{name}: {kind}, {operation:?}"), move || {
                    let run = |how| with_input(&format!("{kind} {c} {o} {how}"));
                    same(&run("in a span")?, &run("as it is")?)
                })
            }));
        }
    }
    tests
}

/// The process inherits its streams to the command, or does not.
fn with_input(arguments: &str) -> Result<Output, Failed> {
    let mut process = roles::command("runs a command", arguments);
    process.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = process.spawn()?;
    process.stdin.take().unwrap().write_all(b"input")?;
    Ok(process.wait_with_output()?)
}

fn same(in_span: &Output, as_it_is: &Output) -> Result<(), Failed> {
    let (in_span, shown) = (format!("{in_span:?}"), format!("{as_it_is:?}"));
    if as_it_is.status.success() { roles::same(&in_span, &shown) } else { Err(shown.into()) }
}

/// Writes the result to its own streams, where that of the command may be.
pub(super) fn run<K: Kind>(arguments: &str) {
    let [c, o, how] = arguments.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
    let streams = (CASES[c.parse::<usize>().unwrap()].streams)();
    let operation = OPERATIONS[o.parse::<usize>().unwrap()];
    let in_span = (how == "in a span").then_some(&[][..]);
    let exporter = export_spans(always_on());

    let command = roles::command("answers its input and exits with", 3);
    let outcome = block_on(K::run(operation, command, streams, in_span));
    assert_eq!(outcome.error, None);
    println!("{}", outcome.result);
    assert_eq!(exporter.get_finished_spans().unwrap().len(), usize::from(in_span.is_some()));
}
