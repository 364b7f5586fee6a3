//! What is special about the futures of a command of `tokio` or `async-process` in a span, and of its child.

use futures_lite::future::{Boxed, poll_once};

use super::*;

/// They differ in the names of two methods of a child.
macro_rules! commands_of {
    ($kind:ident: $command:ty, $wait:ident, $wait_with_output:ident) => {
        mod $kind {
            use super::*;

            #[tokio::test]
            async fn a_wait_that_is_started_anew_records_the_exit_once() {
                let spans = Spans::of_this_test();
                let (stdin, input) = io::pipe().unwrap();
                let mut command = <$command>::from(child("read exit 3"));
                let mut child = command.stdin(stdin).in_span().spawn().unwrap();
                let pid = Option::<u32>::from(child.id()).unwrap();
                for _ in 0..100 {
                    assert!(poll_once(child.$wait()).await.is_none(), "it is running");
                }
                assert!(spans.ended().is_empty());
                drop(input);
                assert_eq!(child.$wait().await.unwrap().code(), Some(3));
                assert_eq!(child.$wait().await.unwrap().code(), Some(3));
                assert_eq!(spans.shown(), [format!("{CHILD} {FAILED}")]);
                assert_eq!(attribute(&spans.only(), "process.pid"), Some(Value::I64(pid.into())));
            }

            /// The child is spawned before the future is polled, as without a span.
            #[tokio::test]
            async fn a_future_that_is_dropped_ends_the_span_without_an_exit_code() {
                for is_polled in [false, true] {
                    let spans = Spans::of_this_test();
                    let (stdin, _input) = io::pipe().unwrap();
                    let mut command = <$command>::from(child("read exit 3"));
                    command.stdin(stdin);
                    let futures = [
                        sent(command.in_span().status()),
                        sent(command.in_span().spawn().unwrap().$wait_with_output()),
                        sent(command.in_span().output()),
                    ];
                    for mut future in futures {
                        if is_polled {
                            assert!(poll_once(&mut future).await.is_none(), "the child is running");
                        }
                    }
                    let ended = [CHILD, CHILD, CHILD_WITHOUT_PID];
                    assert_eq!(spans.shown(), ended.map(|span| format!("{span} Unset")));
                }
            }

            #[test]
            fn a_child_is_killed_with_its_future_if_the_command_says_so() {
                in_process_with_tokio(async {
                    for is_killed in [false, true] {
                        let (stdin, input) = io::pipe().unwrap();
                        let (written, stdout) = io::pipe().unwrap();
                        let mut command = <$command>::from(child("read write exit 3"));
                        command.stdin(stdin).stdout(stdout).stderr(Stdio::null());
                        command.kill_on_drop(is_killed);
                        drop(command.in_span().status());
                        drop(command);
                        let input = is_killed.then_some(input);
                        let written = io::read_to_string(written).unwrap();
                        assert_eq!(written, if is_killed { "" } else { "output" });
                        drop(input);
                    }
                });
            }

            #[test]
            fn many_children_at_once_each_continue_a_span_of_their_own() {
                async fn spawn(number: u64) {
                    let mut command =
                        <$command>::from(child(&format!("show-parent exit {number}")));
                    command.stdout(Stdio::piped());
                    let parent = with_numbered_span(number).attach();
                    let child = command.in_span().spawn().unwrap();
                    drop(parent);
                    let span = shown(child.context());
                    let output = child.$wait_with_output().await.unwrap();
                    let received = String::from_utf8(output.stdout).unwrap();
                    assert_eq!(received, format!("{span} remote\n"));
                }
                in_process_with_tokio(each_has_its_own_span(spawn));
            }
        }
    };
}

commands_of!(of_tokio: tokio::process::Command, wait, wait_with_output);
commands_of!(of_async_process: async_process::Command, status, output);

#[tokio::test]
async fn kill_of_tokio_waits_and_records_the_exit() {
    let spans = Spans::of_this_test();
    let mut command = tokio::process::Command::from(child("read exit 3"));
    let mut child = command.stdin(Stdio::piped()).in_span().spawn().unwrap();
    child.kill().await.unwrap();
    let killed = if cfg!(windows) {
        "process.exit.code=1 error.type='1' Error"
    } else {
        "process.exit.code=137 error.type='SIGKILL' Error"
    };
    assert_eq!(spans.shown(), [format!("{CHILD} {killed}")]);
    child.kill().await.expect("killing it again is not an error");
    assert_eq!(spans.ended().len(), 1);
}

#[test]
fn status_of_tokio_does_not_wait_for_a_pipe_that_nobody_reads() {
    in_process_with_tokio(async {
        let _spans = Spans::of_this_process();
        let mut command = tokio::process::Command::from(child("write-a-megabyte"));
        command.stdout(Stdio::piped());
        let status = command.status().await.unwrap();
        assert_eq!(status.code(), Some(4));
        assert_eq!(command.in_span().status().await.unwrap(), status);
    });
}

/// A process ends that hangs.
#[track_caller]
fn in_process_with_tokio(part: impl Future<Output = ()>) {
    in_process(NO_VARIABLES, "", || Runtime::new().unwrap().block_on(part));
}

/// It compiles only if the future borrows nothing, and is `Send`.
fn sent(future: impl Future + Send + 'static) -> Boxed<()> {
    Box::pin(async { drop(future.await) })
}

/// A child exits with its number, under the span that has that number.
async fn each_has_its_own_span<F: Future<Output = ()> + Send + 'static>(spawn: fn(u64) -> F) {
    // Few where a process takes long to start.
    let children = if cfg!(windows) { 10 } else { 100 };
    let spans = Spans::of_this_process();
    let tasks: Vec<_> = (0..children).map(|number| tokio::spawn(spawn(number))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let mut spans = spans.ended();
    spans.sort_by_key(|span| span.parent_span_id.to_bytes());
    assert_eq!(spans.len() as u64, children);
    for (number, span) in (0..).zip(spans) {
        assert_parent(&span, &with_numbered_span(number));
        assert_eq!(attribute(&span, "process.exit.code"), Some(Value::I64(number as i64)));
    }
}
