//! The span around `main`: each way in which `main` may end.

use std::io::Read as _;
use std::num::ParseIntError;
use std::process::{ExitCode, Output, Stdio, exit};
use std::thread;

use libtest_mimic::Trial;
use opentelemetry::Context;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_env_carrier::{InSpan as _, MainSpan};

use crate::fixtures::contexts::{ALL, SPAN, SPAN_ID, TRACE_ID, shown};
use crate::fixtures::roles::{self, Test};

use super::block_on;
use super::exporters::{
    self, FAILED, FIRST, HERE, PROGRAM, SECOND, SUCCEEDED, export_to_memory, id, print_spans_from,
    printer_from, shut_down,
};

pub(super) fn tests() -> Vec<Test> {
    vec![
        test("may return nothing", &span_of_main(SUCCEEDED), || {
            assert_eq!(start().end(()), ExitCode::SUCCESS);
        }),
        test("may return Ok", &span_of_main(SUCCEEDED), || {
            assert_eq!(start().end(Ok::<(), &str>(())), ExitCode::SUCCESS);
        }),
        test("may return an exit code", &span_of_main(FAILED), || {
            assert_eq!(start().end(ExitCode::from(3)), ExitCode::from(3));
        }),
        test("may leave with ?", &span_of_main("Unset"), || {
            fn leave(_span: MainSpan) -> Result<(), ParseIntError> {
                "no number".parse::<u8>()?;
                Ok(())
            }
            leave(start()).unwrap_err();
        }),
        test("may return under tokio", &span_of_main(SUCCEEDED), || {
            block_on(async {
                let span = start();
                tokio::task::yield_now().await;
                assert_eq!(span.end(()), ExitCode::SUCCESS);
            });
        }),
        test(
            "may record its arguments",
            &format!(
                "Internal PROGRAM {HERE}: {PROGRAM} process.command_args=[\"PATH\",\"--in-the-role-of\",\
                 \"a main in a span may record its arguments\",\"\"] process.pid=OWN {SUCCEEDED}\n"
            ),
            || {
                print_spans_from(1);
                let span = MainSpan::builder().with_arguments().start();
                assert_eq!(span.end(()), ExitCode::SUCCESS);
            },
        ),
        test("may use a tracer of its own", &span_of_main(SUCCEEDED), || {
            shut_down(); // so that only its own can make a span
            let tracer = printer_from(1).tracer("its own");
            let span = MainSpan::builder().with_tracer(&tracer).start();
            assert_eq!(span.end(()), ExitCode::SUCCESS);
        }),
        #[cfg(unix)]
        test(
            "may become another program",
            &(span_of_main(SUCCEEDED) + &shown_by_child_of_main()),
            become_another_program,
        ),
        test("may have no provider", "", stay_in_parent),
        test("may have a provider that was shut down", "", || {
            shut_down();
            stay_in_parent();
        }),
        test("may be suppressed", "", || {
            print_spans_from(1);
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            stay_in_parent();
        }),
        fails(
            "returns an error",
            0,
            "Error: \"broken\"\n",
            "process.exit.code=1 error.type='1' Error",
        ),
        fails("panics", 101, "a panic", "process.exit.code=101 error.type='panic' Error"),
        fails("panics on another thread", 0, "a panic", SUCCEEDED),
        fails("exits with 7", 7, "", "process.exit.code=7 error.type='7' Error"),
        both_halves_agree(0, SUCCEEDED),
        both_halves_agree(3, FAILED),
    ]
}

fn test(name: &str, writes: &str, play: fn()) -> Test {
    roles::test(format!("a main in a span {name}"), ALL.written.iter().copied(), play, writes)
}

/// The span of `main` in a process that inherits [`ALL`].
pub(super) fn span_of_main(end: &str) -> String {
    format!("Internal PROGRAM {HERE}: {PROGRAM} process.pid=OWN {end}\n")
}

fn start() -> MainSpan {
    print_spans_from(1);
    let span = MainSpan::start();
    assert_eq!(shown(span.context()), shown(&Context::current()));
    span
}

/// There is no span, and the children are in that of the parent.
fn stay_in_parent() {
    let span = MainSpan::start();
    let parent = format!("{SPAN}, tracestate vendor=value, baggage build.id=42");
    assert_eq!(shown(span.context()), parent);
    assert_eq!(shown(&Context::current()), parent);
    drop(span);
    assert_eq!(shown(&Context::current()), "no span");
}

#[cfg(unix)]
fn become_another_program() {
    use opentelemetry_env_carrier::WithTraceContext as _;
    use std::os::unix::process::CommandExt as _;
    let span = start();
    let mut command = roles::command("child", "");
    command.with_trace_context();
    span.end_with_code(0);
    panic!("{}", command.exec());
}

/// It continues the span, which has ended.
#[cfg(unix)]
fn shown_by_child_of_main() -> String {
    use crate::fixtures::contexts::shown_by_child;
    shown_by_child(&(ALL.cx)()).replace(SPAN_ID, FIRST)
}

/// The process has another exit code, or writes to its standard error.
fn fails(role: &'static str, code: i32, stderr: &'static str, end: &str) -> Test {
    let span = span_of_main(end);
    let trial = move || {
        let mut process = roles::command(&format!("main that {role}"), "");
        process.env_clear().envs(ALL.written.iter().copied());
        let Output { status, stdout, stderr: reported } = roles::run(&mut process)?;
        let reported = String::from_utf8(reported)?;
        assert_eq!(status.code(), Some(code), "{reported}");
        assert!(reported.contains(stderr), "{reported}");
        assert_eq!(reported.is_empty(), stderr.is_empty(), "{reported}");
        roles::same(&String::from_utf8(stdout)?, &span)
    };
    Trial::test(format!("a main in a span records that it {role}"), trial).into()
}

pub(super) fn return_an_error() {
    assert_eq!(start().end(Err::<(), _>("broken")), ExitCode::FAILURE);
}

pub(super) fn panic() {
    let _span = start();
    panic!("a panic");
}

pub(super) fn panic_on_another_thread() {
    let span = start();
    thread::spawn(|| panic!("a panic")).join().unwrap_err();
    assert_eq!(span.end(()), ExitCode::SUCCESS);
}

pub(super) fn exit_with_7() {
    start().end_with_code(7);
    exit(7);
}

/// The callee's span is under the caller's, and has the same exit code and process id.
fn both_halves_agree(code: i32, end: &str) -> Test {
    let play = move || {
        let exporter = export_to_memory();
        let main = MainSpan::start();
        let mut command = roles::command("callee", code);
        let mut child = command.stdout(Stdio::piped()).in_span().spawn().unwrap();
        let mut written = String::new();
        child.stdout.take().unwrap().read_to_string(&mut written).unwrap();
        main.end_with_code(child.wait().unwrap().code().unwrap());

        let (pid, span_of_callee) = written.split_once('\n').unwrap();
        print!("{span_of_callee}");
        for span in exporter.get_finished_spans().unwrap() {
            print!("{}", exporters::shown(&span).replace(&format!("pid={pid}"), "pid=CALLEE"));
        }
    };
    let callee = id(100);
    let spans = format!(
        "Internal PROGRAM {callee} in {TRACE_ID} under {SECOND}: {PROGRAM} process.pid=OWN {end}\n\
         Client PROGRAM {SECOND} in {TRACE_ID} under {FIRST}: {PROGRAM} process.pid=CALLEE {end}\n"
    );
    let name = format!("both halves agree on exit code {code}");
    roles::test(name, ALL.written.iter().copied(), play, spans + &span_of_main(end))
}

pub(super) fn callee(code: &str) {
    println!("{}", std::process::id());
    print_spans_from(100);
    let main = MainSpan::start();
    let code = code.parse().unwrap();
    main.end_with_code(code);
    exit(code);
}
