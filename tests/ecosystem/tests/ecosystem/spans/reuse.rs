//! A command that was used in a span can be used again: its child receives what it would have received
//! before.

use std::process::Command;

use opentelemetry_env_carrier::InSpan as _;

use crate::fixtures::contexts::ALL;
use crate::fixtures::roles::{self, Test};

use super::block_on;
use super::exporters::{export_to_memory, id};

const COMMANDS: [fn(&mut Command) -> &mut Command; 4] = [
    |as_it_is| as_it_is,
    |with_own| with_own.env("TRACEPARENT", "of its own").env_remove("BAGGAGE"),
    |cleared| cleared.env_clear(),
    |cleared_with_own| cleared_with_own.env_clear().env("TRACESTATE", "of its own"),
];

pub(super) fn tests() -> Vec<Test> {
    vec![
        test("std", |mut command| {
            [command.in_span().output(), command.output()].map(|output| output.unwrap().stdout)
        }),
        test("tokio", |command| {
            let mut command = tokio::process::Command::from(command);
            block_on(async { [command.in_span().output().await, command.output().await] })
                .map(|output| output.unwrap().stdout)
        }),
        test("async-process", |command| {
            let mut command = async_process::Command::from(command);
            block_on(async { [command.in_span().output().await, command.output().await] })
                .map(|output| output.unwrap().stdout)
        }),
    ]
}

/// Prints what is received in a span, which is the same for each command. `run` returns that, and what is
/// received afterwards.
fn test(kind: &str, run: fn(Command) -> [Vec<u8>; 2]) -> Test {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let play = move || {
        export_to_memory();
        for prepare in COMMANDS {
            let command = || {
                let mut command = roles::command("show its environment", "");
                prepare(&mut command);
                command
            };
            let before = command().output().unwrap().stdout;
            let [in_span, after] = run(command());
            assert_eq!(text(after), text(before));
            print!("{}", text(in_span));
        }
    };
    let received = (1..=4).map(|number| {
        let traceparent =
            format!("TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", id(number));
        format!("BAGGAGE=build.id=42\n{traceparent}\nTRACESTATE=vendor=value\n")
    });
    let name = format!("a command of {kind} is set back when it was used in a span");
    roles::test(name, ALL.written.iter().copied(), play, received.collect::<String>())
}
