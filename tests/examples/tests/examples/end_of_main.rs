//! The programs of the guide's page on the end of `main`, with a collector to look at what arrives.

use std::process::Command;

use crate::collector::Collector;
use crate::run::Run;
#[cfg(unix)]
use crate::running::*;
use crate::spans::*;
use crate::{TRACEPARENT, program};

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
        let mut command = end_of_main(way);
        let (run, spans) = exported(command.arg(argument).env("TRACEPARENT", TRACEPARENT));
        assert_ended(&run, code, error);
        let [span] = &*spans else { panic!("one span: {spans:#?}") };
        assert_eq!(parent_of(span), TRACEPARENT);
        assert_exit_code(span, code);
    }
}

#[test]
fn without_an_endpoint_nothing_is_exported_and_with_one_it_is() {
    let collector = Collector::start().unwrap();
    let mut command = end_of_main("optional");
    command.envs(collector.variables()).env_remove("OTEL_EXPORTER_OTLP_ENDPOINT");
    assert_ended(&Run::of(&mut command), 0, "");
    assert_eq!(received(&collector).len(), 0);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
    assert_ended(&Run::of(&mut command), 0, "");
    assert_eq!(received(&collector).len(), 1);
}

#[test]
fn a_collector_that_does_not_answer_changes_neither_exit_code_nor_error() {
    let ends = [("5", 0, ""), ("x", 1, "InvalidDigit"), ("0", 101, "divide by zero")];
    for endpoint in closed_and_silent() {
        for (argument, code, error) in ends {
            let mut command = end_of_main("returns");
            command.arg(argument).env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
            assert_ended(&Run::of(&mut command), code, error);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_server_is_linked_to_the_span_that_it_was_started_in_and_its_children_have_traces_of_their_own()
{
    use std::io::Write as _;
    use std::net::TcpStream;

    use crate::TRACE_ID;

    let collector = Collector::start().unwrap();
    let mut command = end_of_main("serves");
    command.env("TRACEPARENT", TRACEPARENT).envs(collector.variables());
    let mut server = Running::start(&mut command);
    let address = server.read_line();
    drop(server.stdin.take()); // which its child inherits
    for request in ["compile", "stop"] {
        TcpStream::connect(&address).unwrap().write_all(request.as_bytes()).unwrap();
    }
    assert!(server.wait().status.success());

    let spans = received(&collector);
    let (start, child) = (named(&spans, "start"), named(&spans, "make"));
    assert_eq!(start.links.len(), 1);
    assert_eq!(traceparent(&start.links[0].trace_id, &start.links[0].span_id), TRACEPARENT);
    assert_ne!(hex(&start.trace_id), TRACE_ID);
    assert_ne!(hex(&child.trace_id), TRACE_ID);
    assert_ne!(start.trace_id, child.trace_id);
}

#[cfg(unix)]
#[test]
fn a_program_that_is_executed_in_place_continues_the_span() {
    let mut command = end_of_main("execs");
    let (run, spans) = exported(&mut command);
    assert_ended(&run, 4, "");
    let [span] = &*spans else { panic!("one span: {spans:#?}") };
    assert_eq!(run.stdout.trim_end(), context_of(span));
    assert_eq!(attribute(span, "process.exit.code"), "");

    let (run, _) = exported(command.env_remove("PATH"));
    assert_ended(&run, 127, "worker: No such file or directory");
}

#[cfg(unix)]
#[test]
fn with_tokio_all_children_are_in_the_span_of_main() {
    let (run, spans) = exported(&mut end_of_main("async_main"));
    assert_ended(&run, 0, "");
    let [main, first, second] = &*spans else { panic!("three spans: {spans:#?}") };
    assert_exit_code(main, 0);
    for child in [first, second] {
        assert_eq!((&*child.name, parent_of(child)), ("make", context_of(main)));
    }
}

/// Each signal that reaches a program while it waits for a child, or computes.
#[cfg(target_os = "linux")]
mod signals {
    use std::net::TcpListener;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Output;
    use std::thread;

    use nix::sys::signal::{Signal, killpg};

    use super::*;

    const SIGNALS: [Signal; 3] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM];

    #[test]
    fn ctrl_c_ends_a_program_and_its_child_and_all_spans_are_exported() {
        for signal in SIGNALS {
            let collector = Collector::start().unwrap();
            let running = start("waits", &collector.endpoint());
            killpg(running.pid(), signal).unwrap();
            assert_ended_by(signal, running.wait());
            let spans = received(&collector);
            for name in ["end_of_main", "make"] {
                assert_eq!(attribute(named(&spans, name), "error.type"), signal.as_str());
            }
        }
    }

    #[test]
    fn with_tokio_a_signal_ends_a_program_at_once_with_the_spans_of_children_that_still_run() {
        let collector = Collector::start().unwrap();
        let mut running = start("async_main", &collector.endpoint());
        running.kill(Signal::SIGINT);
        assert_eq!(running.child.wait().unwrap().signal(), Some(2));
        let spans = received(&collector);
        assert_eq!(attribute(named(&spans, "end_of_main"), "error.type"), "SIGINT");
        assert_eq!(spans.iter().filter(|span| span.name == "make").count(), 2);
    }

    #[test]
    fn a_signal_that_comes_while_the_span_is_exported_ends_a_program_that_waits() {
        let collector = TcpListener::bind("127.0.0.1:0").unwrap(); // it never answers
        let mut running = start("waits", &format!("http://{}", collector.local_addr().unwrap()));
        drop(running.stdin.take());
        let _export = collector.accept().unwrap();
        running.kill(Signal::SIGTERM);
        assert_ended_by(Signal::SIGTERM, running.wait());
    }

    #[test]
    fn a_signal_to_a_program_that_waits_ends_it_after_its_child() {
        for signal in SIGNALS {
            let collector = Collector::start().unwrap();
            let mut running = start("waits", &collector.endpoint());
            running.kill(signal);
            drop(running.stdin.take()); // the child ends with its input
            assert_ended_by(signal, running.wait());
            let spans = received(&collector);
            assert_exit_code(named(&spans, "end_of_main"), 128 + signal as i32);
            assert_exit_code(named(&spans, "make"), 0);
        }
    }

    #[test]
    fn a_signal_to_a_program_that_computes_ends_it() {
        for signal in SIGNALS {
            let collector = Collector::start().unwrap();
            let running = start("computes", &collector.endpoint());
            running.kill(signal);
            assert_ended_by(signal, running.wait());
            assert_exit_code(named(&received(&collector), "end_of_main"), 128 + signal as i32);
        }
    }

    #[test]
    fn a_second_signal_ends_a_program_at_once() {
        let [_, silent] = closed_and_silent();
        for way in ["waits", "computes", "async_main"] {
            let mut running = start(way, &silent);
            running.kill(Signal::SIGINT);
            while running.child.try_wait().unwrap().is_none() {
                running.kill(Signal::SIGTERM); // again, because two signals at once may both count as the first
            }
            // Its child is left, as it would be without telemetry. Of two signals at once, either may be handled first.
            let signal = running.child.wait().unwrap().signal();
            assert!(matches!(signal, Some(2 | 15)), "{way}: {signal:?}");
        }
    }

    #[test]
    fn what_was_ignored_when_the_program_started_stays_ignored() {
        for way in ["waits", "computes"] {
            let mut command = ignoring(Signal::SIGHUP, &end_of_main(way));
            let mut running = start_until_ready(way, &mut command);
            running.kill(Signal::SIGHUP);
            drop(running.stdin.take());
            assert!(running.wait().status.success(), "{way}");
        }
    }

    fn start(way: &str, endpoint: &str) -> Running {
        let mut command = end_of_main(way);
        start_until_ready(way, command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint))
    }

    fn start_until_ready(way: &str, command: &mut Command) -> Running {
        if way != "computes" {
            return Running::start_until_ready(command);
        }
        let running = Running::start(command);
        while !running.caught().contains(&Signal::SIGTERM) {
            thread::yield_now();
        }
        running
    }

    #[track_caller]
    fn assert_ended_by(signal: Signal, output: Output) {
        assert_eq!(output.status.signal(), Some(signal as i32), "{output:?}");
        assert_eq!(output.stderr, b"");
    }
}

fn end_of_main(way: &str) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_end_of_main"));
    command.env("WAY", way);
    command
}

#[track_caller]
fn assert_ended(run: &Run, code: i32, error: &str) {
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    assert!(run.stderr.contains(error), "{}", run.stderr);
    assert_eq!(run.stderr.is_empty(), error.is_empty(), "{}", run.stderr);
}
