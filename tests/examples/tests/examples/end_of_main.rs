//! The programs of the guide's page on the end of `main`, with a collector to look at what arrives.

use std::env;
#[cfg(unix)]
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
#[cfg(unix)]
use std::net::TcpStream;
#[cfg(unix)]
use std::process::Stdio;
use std::process::{Command, Output};

use opentelemetry_proto::tonic::trace::v1::Span;

use crate::collector::Collector;
use crate::contexts::TRACEPARENT;
#[cfg(unix)]
use crate::program::Program;
#[cfg(unix)]
use crate::spans::{assert_parent, named};
use crate::spans::{attributes, hex, received};

/// What a span is called that has the name of the program.
const NAME: &str = if cfg!(windows) { "end_of_main.exe" } else { "end_of_main" };

#[test]
fn each_way_out_exports_the_span_with_its_exit_code() {
    let cases = [
        ("returns", "5", 0, ""),
        ("returns", "x", 1, "Error: ParseIntError { kind: InvalidDigit }\n"),
        ("returns", "0", 101, "attempt to divide by zero"),
        ("exits", "0", 0, ""),
        ("exits", "7", 7, ""),
        ("exits", "x", 2, "error: invalid value 'x'"),
        ("exits", "--help", 0, ""),
    ];
    for (way, argument, code, error) in cases {
        let collector = Collector::start().unwrap();
        let mut command = end_of_main(way);
        command.arg(argument).env("TRACEPARENT", TRACEPARENT).envs(collector.variables());
        ends_with(&command.output().unwrap(), code, error);

        let [span] = received(&collector).try_into().expect("one span");
        assert_eq!(hex(&span.trace_id), TRACEPARENT[3..35], "{way} {argument}");
        assert_eq!(hex(&span.parent_span_id), TRACEPARENT[36..52], "{way} {argument}");
        has_exit_code(&span, code);
    }
}

#[test]
fn without_an_endpoint_nothing_is_exported_and_with_one_it_is() {
    let collector = Collector::start().unwrap();
    let mut command = end_of_main("optional");
    ends_with(&command.envs(collector.variables()).output().unwrap(), 0, "");
    assert_eq!(received(&collector).len(), 0);
    let output = command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()).output();
    ends_with(&output.unwrap(), 0, "");
    assert_eq!(received(&collector).len(), 1);
}

#[test]
fn a_collector_that_does_not_answer_changes_neither_exit_code_nor_error() {
    for endpoint in [silent_collector(), no_collector()] {
        for (argument, code, error) in
            [("5", 0, ""), ("x", 1, "InvalidDigit"), ("0", 101, "divide by zero")]
        {
            let mut command = end_of_main("returns");
            command.arg(argument).env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint.url);
            ends_with(&command.output().unwrap(), code, error);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_server_is_linked_to_the_span_that_it_was_started_in_and_its_children_have_traces_of_their_own()
{
    let collector = Collector::start().unwrap();
    let mut command = end_of_main("serves");
    let make = Program::named("make", "exit 0");
    make.add_to(&mut command).env("TRACEPARENT", TRACEPARENT).envs(collector.variables());
    let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
    for request in ["compile", "stop"] {
        let mut connection = TcpStream::connect(address.trim()).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
    }
    assert!(server.wait().unwrap().success());

    let spans = received(&collector);
    let start = named(&spans, "start");
    let links: Vec<_> =
        start.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect();
    assert_eq!(links, [(TRACEPARENT[3..35].to_owned(), TRACEPARENT[36..52].to_owned())]);
    let child = named(&spans, "make");
    assert_ne!(start.trace_id, child.trace_id);
    for span in [start, child] {
        assert_eq!(span.parent_span_id, [] as [u8; 0]);
        assert_ne!(hex(&span.trace_id), TRACEPARENT[3..35]);
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_is_executed_in_place_continues_the_span() {
    let collector = Collector::start().unwrap();
    let worker = Program::named("worker", "echo $TRACEPARENT; exit 4");
    let mut command = end_of_main("execs");
    let output = worker.add_to(&mut command).envs(collector.variables()).output().unwrap();
    ends_with(&output, 4, "");

    let [span] = received(&collector).try_into().expect("one span");
    let traceparent = format!("00-{}-{}-01\n", hex(&span.trace_id), hex(&span.span_id));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), traceparent);
    let attributes = attributes(&span);
    assert!(!attributes.iter().any(|it| it.starts_with("process.exit.code")), "{attributes:?}");

    let output = end_of_main("execs").envs(collector.variables()).output().unwrap();
    ends_with(&output, 127, "worker: No such file or directory");
}

#[cfg(unix)]
#[test]
fn with_tokio_all_children_are_in_the_span_of_main() {
    let collector = Collector::start().unwrap();
    let make = Program::named("make", "exit 0");
    let mut command = end_of_main("async_main");
    ends_with(&make.add_to(&mut command).envs(collector.variables()).output().unwrap(), 0, "");

    let spans = received(&collector);
    assert_eq!(spans.len(), 3);
    let main = named(&spans, NAME);
    has_exit_code(main, 0);
    for span in spans.iter().filter(|span| span.name == "make") {
        assert_parent(span, main);
    }
}

/// Each signal that reaches a program while it waits for a child, or computes.
#[cfg(target_os = "linux")]
mod signals {
    use std::fs;
    use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
    use std::process::{Child, ChildStdin};
    use std::thread;

    use nix::errno::Errno;
    use nix::sys::signal::{Signal, kill, killpg};
    use nix::unistd::Pid;

    use super::*;

    const SIGNALS: [Signal; 3] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM];

    #[test]
    fn ctrl_c_ends_a_program_and_its_child_and_all_spans_are_exported() {
        for signal in SIGNALS {
            let collector = Collector::start().unwrap();
            let running = Running::start("waits", &collector.variables());
            killpg(running.pid(), signal).unwrap();
            ends_by(signal, running.wait());
            let spans = received(&collector);
            for name in [NAME, "make"] {
                let attributes = attributes(named(&spans, name));
                assert!(attributes.contains(&format!("error.type={signal}")), "{attributes:?}");
            }
        }
    }

    #[test]
    fn a_signal_to_a_program_that_waits_ends_it_after_its_child() {
        for signal in SIGNALS {
            let collector = Collector::start().unwrap();
            let mut running = Running::start("waits", &collector.variables());
            running.kill(signal);
            drop(running.stdin.take()); // the child ends with its input
            ends_by(signal, running.wait());
            let spans = received(&collector);
            has_exit_code(named(&spans, NAME), 128 + signal as i32);
            has_exit_code(named(&spans, "make"), 0);
        }
    }

    #[test]
    fn a_signal_to_a_program_that_computes_ends_it() {
        for signal in SIGNALS {
            let collector = Collector::start().unwrap();
            let running = Running::start("computes", &collector.variables());
            running.kill(signal);
            ends_by(signal, running.wait());
            let [span] = received(&collector).try_into().expect("one span");
            has_exit_code(&span, 128 + signal as i32);
        }
    }

    #[test]
    fn a_collector_that_does_not_answer_changes_nothing() {
        for endpoint in [silent_collector(), no_collector()] {
            for way in ["waits", "computes"] {
                let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.url.clone())];
                let running = Running::start(way, &variables);
                killpg(running.pid(), Signal::SIGINT).unwrap();
                ends_by(Signal::SIGINT, running.wait());
            }
        }
    }

    #[test]
    fn a_second_signal_ends_a_program_at_once() {
        let silent = silent_collector();
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", silent.url.clone())];
        for way in ["waits", "computes"] {
            let running = Running::start(way, &variables);
            running.kill(Signal::SIGINT);
            running.kill(Signal::SIGTERM);
            // Its child is left, as it would be without telemetry. Of two signals at once, either may be handled first.
            let Running { mut child, stdin: _stdin, _make } = running;
            let signal = child.wait().unwrap().signal();
            assert!(matches!(signal, Some(2 | 15)), "{way}: {signal:?}");
        }
    }

    #[test]
    fn what_was_ignored_when_the_program_started_stays_ignored() {
        let collector = Collector::start().unwrap();
        for way in ["waits", "computes"] {
            let mut nohup = Command::new("nohup");
            let program = end_of_main(way);
            nohup.arg(program.get_program());
            for (name, value) in program.get_envs() {
                nohup.env(name, value.unwrap());
            }
            let mut running = Running::of(nohup, way, &collector.variables());
            running.kill(Signal::SIGHUP);
            drop(running.stdin.take());
            assert!(running.wait().status.success(), "{way}");
        }
    }

    /// A program that runs in a process group of its own.
    struct Running {
        child: Child,
        /// Its input, and that of its child.
        stdin: Option<ChildStdin>,
        _make: Program,
    }

    impl Running {
        fn start(way: &str, variables: &[(&'static str, String)]) -> Self {
            Self::of(end_of_main(way), way, variables)
        }

        fn of(mut command: Command, way: &str, variables: &[(&'static str, String)]) -> Self {
            let make = Program::named("make", "echo ready; exec cat");
            command.envs(variables.iter().cloned()).process_group(0);
            make.add_to(&mut command).stdin(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
            let mut line = String::new();
            if way == "waits" {
                BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
                assert_eq!(line, "ready\n");
            }
            while !catches_signals(child.id()) {
                thread::yield_now();
            }
            Self { stdin: child.stdin.take(), child, _make: make }
        }

        fn pid(&self) -> Pid {
            Pid::from_raw(self.child.id() as i32)
        }

        fn kill(&self, signal: Signal) {
            kill(self.pid(), signal).unwrap();
        }

        /// It leaves no process of its group.
        fn wait(self) -> Output {
            let group = self.pid();
            let output = self.child.wait_with_output().unwrap();
            assert_eq!(killpg(group, None), Err(Errno::ESRCH));
            output
        }
    }

    fn catches_signals(pid: u32) -> bool {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t")).unwrap();
        u64::from_str_radix(caught, 16).unwrap() & (1 << (Signal::SIGTERM as i32 - 1)) != 0
    }

    fn ends_by(signal: Signal, output: Output) {
        assert_eq!(output.status.signal(), Some(signal as i32), "{output:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

pub(crate) fn end_of_main(way: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_end_of_main"));
    command.env_clear().env("WAY", way);
    command.envs(["PATH", "SystemRoot"].iter().filter_map(|name| Some((name, env::var_os(name)?))));
    command
}

/// Where a collector is expected. If this is a listener, it takes what comes, and never answers.
struct Endpoint {
    url: String,
    _listener: Option<TcpListener>,
}

fn silent_collector() -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Endpoint {
        url: format!("http://{}", listener.local_addr().unwrap()),
        _listener: Some(listener),
    }
}

fn no_collector() -> Endpoint {
    Endpoint { _listener: None, ..silent_collector() }
}

fn ends_with(output: &Output, code: i32, error: &str) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(error) && stderr.is_empty() == error.is_empty(), "{stderr}");
}

fn has_exit_code(span: &Span, code: i32) {
    let attributes = attributes(span);
    assert!(attributes.contains(&format!("process.exit.code={code}")), "{attributes:?}");
    let is_error = attributes.iter().any(|attribute| attribute.starts_with("error.type="));
    assert_eq!(is_error, code != 0, "{attributes:?}");
}
