//! Futures of asynchronous commands: they can be sent, started anew, and dropped.

use std::future::Future;
use std::io::{self, Read as _};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::process::{ExitStatus, Output, Stdio};

use futures_lite::future::poll_once;
use libtest_mimic::Trial;
use opentelemetry::trace::Status;
use opentelemetry::{Key, Value};
use opentelemetry_env_carrier::{ChildInSpan, CommandInSpan, InSpan as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};

use crate::fixtures::roles;

use super::kinds::{AsyncProcess, Kind, Tokio};
use super::{ASYNC_KINDS, always_on, block_on, export_spans};

type Sent<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Compiles only if the futures are `Send`, and those that are boxed do not borrow the command.
pub(super) trait AsyncKind: Kind<Command: Send, Child: Send + Sync> + 'static {
    fn status(command: CommandInSpan<'_, Self::Command>) -> Sent<ExitStatus>;
    fn output(command: CommandInSpan<'_, Self::Command>) -> Sent<Output>;
    fn wait(
        child: &mut ChildInSpan<Self::Child>,
    ) -> impl Future<Output = io::Result<ExitStatus>> + Send;
    fn wait_with_output(child: ChildInSpan<Self::Child>) -> Sent<Output>;
    fn set(command: &mut Self::Command, stdin: Stdio, stdout: Stdio, kill_on_drop: bool);
}

macro_rules! async_kind {
    ($kind:ident, $wait:ident, $wait_with_output:ident) => {
        impl AsyncKind for $kind {
            fn status(command: CommandInSpan<'_, Self::Command>) -> Sent<ExitStatus> {
                Box::pin(command.status())
            }

            fn output(command: CommandInSpan<'_, Self::Command>) -> Sent<Output> {
                Box::pin(command.output())
            }

            fn wait(
                child: &mut ChildInSpan<Self::Child>,
            ) -> impl Future<Output = io::Result<ExitStatus>> + Send {
                child.$wait()
            }

            fn wait_with_output(child: ChildInSpan<Self::Child>) -> Sent<Output> {
                Box::pin(child.$wait_with_output())
            }

            fn set(command: &mut Self::Command, stdin: Stdio, stdout: Stdio, kill_on_drop: bool) {
                command.stdin(stdin).stdout(stdout).kill_on_drop(kill_on_drop);
            }
        }
    };
}

async_kind!(Tokio, wait, wait_with_output);
async_kind!(AsyncProcess, status, output);

const METHODS: [&str; 3] = ["status", "output", "wait_with_output"];
const POLLED: [&str; 2] = ["before it is polled", "when it was polled"];
const KILLED: [&str; 2] = ["the child runs on", "the child is killed"];

pub(super) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for kind in ASYNC_KINDS {
        let name = format!("the exit is recorded once in a loop that waits anew: {kind}");
        tests.push(super::test(name, "waits in a loop", format!("{kind} ")));
        for (m, method) in METHODS.iter().enumerate() {
            for (p, polled) in POLLED.iter().enumerate() {
                for (k, killed) in KILLED.iter().enumerate() {
                    let name = format!("{method}() is dropped {polled}, and {killed}: {kind}");
                    tests.push(super::test(name, "drops a future", format!("{kind} {m} {p} {k}")));
                }
            }
        }
    }
    let of_tokio = [
        ("kill() of tokio waits, and the exit is recorded", "kill"),
        ("status() of tokio does not wait for a pipe that nobody reads", "status"),
    ];
    tests.extend(
        of_tokio.map(|(name, case)| super::test(name.to_owned(), "uses tokio", case.to_owned())),
    );
    tests
}

pub(super) fn wait_in_a_loop<K: AsyncKind>(_: &str) {
    const TIMES: usize = 100;
    let exporter = export_spans(always_on());
    block_on(async {
        let (stdin, input) = io::pipe().unwrap();
        let mut command = K::Command::from(roles::command("reads its input and exits with", 3));
        K::set(&mut command, stdin.into(), Stdio::inherit(), false);
        let mut child = K::spawn(command.in_span());
        let (mut input, mut times) = (Some(input), 0);
        let status = loop {
            tokio::select! {
                status = K::wait(&mut child) => break status.unwrap(),
                () = tokio::task::yield_now() => times += 1,
            }
            if times == TIMES {
                input.take();
            }
        };
        assert!(times >= TIMES, "{times}");
        assert_eq!(status.code(), Some(3));
        assert_eq!(attribute(&only(&exporter), "process.exit.code"), Some(Value::I64(3)));
        assert_eq!(K::wait(&mut child).await.unwrap(), status);
    });
    only(&exporter);
}

/// The child reports its end through a socket, because `output` captures its streams.
pub(super) fn drop_one<K: AsyncKind>(indices: &str) {
    let [method, polled, killed] =
        indices.splitn(3, ' ').collect::<Vec<_>>().try_into().expect("three indices");
    let method = METHODS[method.parse::<usize>().unwrap()];
    let (is_polled, is_killed) = (polled == "1", killed == "1");
    let exporter = export_spans(always_on());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (stdin, input) = io::pipe().unwrap();

    block_on(async {
        let port = listener.local_addr().unwrap().port();
        let mut command = K::Command::from(roles::command("child that reports its end", port));
        K::set(&mut command, stdin.into(), Stdio::piped(), is_killed);
        let mut future = start::<K>(method, &mut command);
        let (mut child, _) = listener.accept().unwrap();
        if is_polled {
            assert!(poll_once(&mut future).await.is_none(), "the child is running");
        }
        assert_eq!(exporter.get_finished_spans().unwrap().len(), 0);

        drop(future);
        let span = only(&exporter);
        assert_eq!(attribute(&span, "process.exit.code"), None);
        assert_eq!(attribute(&span, "error.type"), None);
        assert_eq!(attribute(&span, "process.pid").is_some(), method != "output");
        assert_eq!(span.status, Status::Unset);

        let input = is_killed.then_some(input);
        let mut reported = String::new();
        _ = child.read_to_string(&mut reported);
        assert_eq!(reported, if is_killed { "" } else { "at the end of its input" });
        drop(input);
    });
    only(&exporter);
}

fn start<K: AsyncKind>(method: &str, command: &mut K::Command) -> Sent<()> {
    match method {
        "status" => ignoring(K::status(command.in_span())),
        "output" => ignoring(K::output(command.in_span())),
        _ => ignoring(K::wait_with_output(K::spawn(command.in_span()))),
    }
}

fn ignoring<T: 'static>(future: Sent<T>) -> Sent<()> {
    Box::pin(async { future.await.map(drop) })
}

pub(super) fn child_that_reports_its_end(port: &str) {
    let mut parent = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    io::copy(&mut io::stdin(), &mut io::sink()).unwrap();
    io::Write::write_all(&mut parent, b"at the end of its input").unwrap();
}

pub(super) fn on_tokio(case: &str) {
    let exporter = export_spans(always_on());
    block_on(async {
        match case {
            "kill" => {
                let mut command = tokio_command("reads its input and exits with", 3);
                let mut child = command.stdin(Stdio::piped()).in_span().spawn().unwrap();
                child.kill().await.unwrap();
                let (code, kind) = if cfg!(windows) { (1, "1") } else { (137, "SIGKILL") };
                let span = only(&exporter);
                assert_eq!(attribute(&span, "process.exit.code"), Some(Value::I64(code)));
                assert_eq!(attribute(&span, "error.type"), Some(kind.into()));
                child.kill().await.expect("it is no error to kill it again");
            }
            "status" => {
                let mut command = tokio_command("writes a megabyte", "");
                command.stdout(Stdio::piped());
                let as_it_is = command.status().await.unwrap();
                assert_eq!(as_it_is.code(), Some(4));
                assert_eq!(command.in_span().status().await.unwrap(), as_it_is);
            }
            _ => unreachable!("{case}"),
        }
    });
    only(&exporter);
}

fn tokio_command(role: &str, argument: impl ToString) -> tokio::process::Command {
    roles::command(role, argument).into()
}

/// The only span.
fn only(exporter: &InMemorySpanExporter) -> SpanData {
    let spans = exporter.get_finished_spans().unwrap();
    let [span] = spans.try_into().expect("one span");
    span
}

fn attribute(span: &SpanData, key: &'static str) -> Option<Value> {
    let key = Key::new(key);
    let attribute = span.attributes.iter().find(|attribute| attribute.key == key);
    attribute.map(|attribute| attribute.value.clone())
}
