//! Futures of asynchronous commands: they can be sent, started anew, and dropped.

use std::future::Future;
use std::io::{self, PipeReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::process::{Command, ExitStatus, Stdio};

use async_process::Command as AsyncProcessCommand;
use futures_lite::future::poll_once;
use opentelemetry::Value;
use opentelemetry::trace::Status;
use opentelemetry_env_carrier::{ChildInSpan, InSpan as _};
use tokio::process::Command as TokioCommand;

use crate::fixtures::contexts::STALE;
use crate::fixtures::roles::{self, Test};

use super::block_on;
use super::exporters::{attribute, export_to_memory, only};

/// It compiles only if the future is `Send`.
type Sent<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

pub(super) fn tests() -> Vec<Test> {
    let mut tests = vec![
        waits_anew(
            "tokio",
            |command, stdin| TokioCommand::from(command).stdin(stdin).in_span().spawn(),
            |child| Box::pin(child.wait()),
        ),
        waits_anew(
            "async-process",
            |command, stdin| AsyncProcessCommand::from(command).stdin(stdin).in_span().spawn(),
            |child| Box::pin(child.status()),
        ),
        roles::test("kill() of tokio waits, and records the exit", stale(), kill, ""),
        roles::test(
            "status() of tokio does not wait for a pipe that nobody reads",
            stale(),
            ignore_a_pipe,
            "",
        ),
    ];
    for (method, start) in METHODS {
        for is_polled in [false, true] {
            for is_killed in [false, true] {
                tests.push(is_dropped(method, start, is_polled, is_killed));
            }
        }
    }
    tests
}

fn stale() -> impl Iterator<Item = (&'static str, &'static str)> {
    STALE.iter().copied()
}

fn waits_anew<C: 'static>(
    kind: &str,
    spawn: fn(Command, PipeReader) -> io::Result<ChildInSpan<C>>,
    wait: fn(&mut ChildInSpan<C>) -> Sent<'_, ExitStatus>,
) -> Test {
    const TIMES: usize = 100;
    let play = async move || {
        let exporter = export_to_memory();
        let (stdin, input) = io::pipe().unwrap();
        let mut child = spawn(roles::command("reads its input and exits with", 3), stdin).unwrap();
        let (mut input, mut times) = (Some(input), 0);
        let status = loop {
            tokio::select! {
                status = wait(&mut child) => break status.unwrap(),
                () = tokio::task::yield_now() => times += 1,
            }
            if times == TIMES {
                input.take();
            }
        };
        assert!(times >= TIMES, "{times}");
        assert_eq!(status.code(), Some(3));
        assert_eq!(attribute(&only(&exporter), "process.exit.code"), Some(Value::I64(3)));
        assert_eq!(wait(&mut child).await.unwrap(), status);
        only(&exporter);
    };
    let name = format!("a loop that waits anew for a child of {kind} records its exit once");
    roles::test(name, stale(), move || block_on(play()), "")
}

/// Starts a command that may be killed when it is dropped. The future does not borrow the command.
type Start = fn(Command, PipeReader, bool) -> Sent<'static, ()>;

const METHODS: [(&str, Start); 6] = [
    ("status() of tokio", |command, stdin, kill| {
        sent(tokio_command(command, stdin, kill).in_span().status())
    }),
    ("output() of tokio", |command, stdin, kill| {
        sent(tokio_command(command, stdin, kill).in_span().output())
    }),
    ("wait_with_output() of tokio", |command, stdin, kill| {
        sent(tokio_command(command, stdin, kill).in_span().spawn().unwrap().wait_with_output())
    }),
    ("status() of async-process", |command, stdin, kill| {
        sent(async_process_command(command, stdin, kill).in_span().status())
    }),
    ("output() of async-process", |command, stdin, kill| {
        sent(async_process_command(command, stdin, kill).in_span().output())
    }),
    ("output() of a child of async-process", |command, stdin, kill| {
        sent(async_process_command(command, stdin, kill).in_span().spawn().unwrap().output())
    }),
];

fn tokio_command(command: Command, stdin: PipeReader, kill: bool) -> TokioCommand {
    let mut command = TokioCommand::from(command);
    command.stdin(stdin).stdout(Stdio::piped()).kill_on_drop(kill);
    command
}

fn async_process_command(command: Command, stdin: PipeReader, kill: bool) -> AsyncProcessCommand {
    let mut command = AsyncProcessCommand::from(command);
    command.stdin(stdin).stdout(Stdio::piped()).kill_on_drop(kill);
    command
}

fn sent<T>(future: impl Future<Output = io::Result<T>> + Send + 'static) -> Sent<'static, ()> {
    Box::pin(async { future.await.map(drop) })
}

/// The child reports its end through a socket, because `output` captures its streams.
fn is_dropped(method: &'static str, start: Start, is_polled: bool, is_killed: bool) -> Test {
    let play = async move || {
        let exporter = export_to_memory();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (stdin, input) = io::pipe().unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut future = start(roles::command("reports its end at port", port), stdin, is_killed);
        let (mut child, _) = listener.accept().unwrap();
        if is_polled {
            assert!(poll_once(&mut future).await.is_none(), "the child is running");
        }
        assert_eq!(exporter.get_finished_spans().unwrap(), []);

        drop(future);
        let span = only(&exporter);
        assert_eq!(attribute(&span, "process.exit.code"), None);
        assert_eq!(attribute(&span, "error.type"), None);
        let hides_the_child = ["output() of tokio", "output() of async-process"].contains(&method);
        assert_eq!(attribute(&span, "process.pid").is_none(), hides_the_child);
        assert_eq!(span.status, Status::Unset);

        let input = is_killed.then_some(input);
        let mut reported = String::new();
        _ = child.read_to_string(&mut reported);
        assert_eq!(reported, if is_killed { "" } else { "at the end of its input" });
        drop(input);
        only(&exporter);
    };
    let polled = if is_polled { "when it was polled" } else { "before it is polled" };
    let killed = if is_killed { "the child is killed" } else { "the child runs on" };
    let name = format!("{method} is dropped {polled}, and {killed}");
    roles::test(name, stale(), move || block_on(play()), "")
}

pub(super) fn report_end(port: &str) {
    let mut parent = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    io::copy(&mut io::stdin(), &mut io::sink()).unwrap();
    io::Write::write_all(&mut parent, b"at the end of its input").unwrap();
}

fn kill() {
    let exporter = export_to_memory();
    block_on(async {
        let mut command = TokioCommand::from(roles::command("reads its input and exits with", 3));
        let mut child = command.stdin(Stdio::piped()).in_span().spawn().unwrap();
        child.kill().await.unwrap();
        let (code, kind) = if cfg!(windows) { (1, "1") } else { (137, "SIGKILL") };
        let span = only(&exporter);
        assert_eq!(attribute(&span, "process.exit.code"), Some(Value::I64(code)));
        assert_eq!(attribute(&span, "error.type"), Some(kind.into()));
        child.kill().await.expect("it is no error to kill it again");
    });
    only(&exporter);
}

fn ignore_a_pipe() {
    let exporter = export_to_memory();
    block_on(async {
        let mut command = TokioCommand::from(roles::command("writes a megabyte", ""));
        command.stdout(Stdio::piped());
        let as_it_is = command.status().await.unwrap();
        assert_eq!(as_it_is.code(), Some(4));
        assert_eq!(command.in_span().status().await.unwrap(), as_it_is);
    });
    only(&exporter);
}
