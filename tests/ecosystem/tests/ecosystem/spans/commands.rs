//! Each method of a command in a span, and of its child: a program sees what it would see without a span, which
//! records the exit.

use std::process::Output;

use super::received::CONTINUED;
use super::*;

/// They differ in the names of three methods of a child, and those of `std` need no `await`.
macro_rules! commands_of {
    ($kind:ident: $command:ty, $wait_with_output:ident, $try_wait:ident $(, $await:ident)?) => {
        mod $kind {
            use super::*;

            #[tokio::test]
            async fn status_records_the_exit() {
                let spans = Spans::of_this_test();
                for code in [0, 3] {
                    let mut command = <$command>::from(child(&format!("exit {code}")));
                    let status = command.in_span().status()$(.$await)?.unwrap();
                    assert_eq!(status.code(), Some(code));
                }
                assert_eq!(spans.shown(), [SUCCEEDED, FAILED].map(|end| format!("{CHILD} {end}")));
            }

            #[tokio::test]
            async fn output_is_captured_and_records_the_exit_without_a_process_id() {
                let spans = Spans::of_this_test();
                let mut command = <$command>::from(child("write exit 3"));
                let output = command.in_span().output()$(.$await)?.unwrap();
                assert_eq!(output, child("write exit 3").output().unwrap());
                assert_eq!(spans.shown(), [format!("{CHILD_WITHOUT_PID} {FAILED}")]);
            }

            #[tokio::test]
            async fn a_wait_with_output_returns_what_was_piped_and_records_the_exit() {
                let spans = Spans::of_this_test();
                let mut command = <$command>::from(child("write exit 3"));
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                let child_in_span = command.in_span().spawn().unwrap();
                let output = child_in_span.$wait_with_output()$(.$await)?.unwrap();
                assert_eq!(output, child("write exit 3").output().unwrap());
                assert_eq!(spans.shown(), [format!("{CHILD} {FAILED}")]);
            }

            #[tokio::test]
            async fn a_try_to_wait_records_the_exit_when_it_sees_it() {
                let spans = Spans::of_this_test();
                let mut command = <$command>::from(child("read exit 3"));
                let mut child = command.stdin(Stdio::piped()).in_span().spawn().unwrap();
                assert_eq!(child.$try_wait().unwrap(), None);
                assert!(spans.ended().is_empty());
                drop(child.stdin.take());
                let status = loop {
                    match child.$try_wait().unwrap() {
                        Some(status) => break status,
                        None => thread::yield_now(),
                    }
                };
                assert_eq!(status.code(), Some(3));
                assert_eq!(spans.shown(), [format!("{CHILD} {FAILED}")]);
            }

            #[tokio::test]
            async fn a_program_that_is_not_found_is_an_error() {
                let spans = Spans::of_this_test();
                let mut command = <$command>::new("no/such/program");
                let errors = [
                    command.in_span().spawn().unwrap_err(),
                    command.in_span().status()$(.$await)?.unwrap_err(),
                    command.in_span().output()$(.$await)?.unwrap_err(),
                ];
                assert_eq!(errors.each_ref().map(io::Error::kind), [io::ErrorKind::NotFound; 3]);
                let program = "Client program: process.executable.name='program'";
                let span = format!("{program} error.type='NotFound' Error");
                assert_eq!(spans.shown(), errors.map(|error| format!("{span}: {error}")));
            }

            #[test]
            fn a_command_is_restored_when_it_was_used_in_a_span() {
                is_restored(|command| {
                    let mut command = <$command>::from(command);
                    Runtime::new().unwrap().block_on(async {
                        [
                            command.in_span().output()$(.$await)?.unwrap(),
                            command.in_span().output()$(.$await)?.unwrap(),
                            command.output()$(.$await)?.unwrap(),
                        ]
                    })
                });
            }
        }
    };
}

commands_of!(of_std: Command, wait_with_output, try_wait);
commands_of!(of_tokio: tokio::process::Command, wait_with_output, try_wait, await);
commands_of!(of_async_process: async_process::Command, output, try_status, await);

/// `run` returns what children write: of the command in a span, in another one, and in none.
#[track_caller]
fn is_restored(run: fn(Command) -> [Output; 3]) {
    let prepare: [fn(&mut Command) -> &mut Command; 5] = [
        |as_it_is| as_it_is,
        |without| without.without_trace_context(),
        |with_its_own| with_its_own.env("TRACEPARENT", "its own").env_remove("BAGGAGE"),
        |cleared| cleared.env_clear(),
        |cleared_with_its_own| cleared_with_its_own.env_clear().env("TRACESTATE", "its own"),
    ];
    in_process(ALL.written.iter().copied(), "", || {
        for prepare in prepare {
            let _spans = Spans::of_this_process();
            let command = || {
                let mut command = child("show-environment");
                prepare(&mut command);
                command
            };
            let [first, second, after] = run(command());
            assert_eq!(String::from_utf8(first.stdout).unwrap(), CONTINUED);
            let second_span = CONTINUED.replace("0001-01", "0002-01");
            assert_eq!(String::from_utf8(second.stdout).unwrap(), second_span);
            assert_eq!(after, command().output().unwrap());
        }
    });
}

#[test]
fn wait_of_std_records_the_exit_once() {
    let spans = Spans::of_this_test();
    let mut child = child("exit 3").in_span().spawn().unwrap();
    assert!(spans.ended().is_empty());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(spans.shown(), [format!("{CHILD} {FAILED}")]);
    assert_eq!(attribute(&spans.only(), "process.pid"), Some(Value::I64(child.id().into())));
}
