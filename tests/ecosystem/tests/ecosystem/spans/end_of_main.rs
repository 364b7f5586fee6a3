//! Each way in which `main` may end, and what its span records.

#[cfg(unix)]
use std::os::unix::process::CommandExt as _;
use std::panic::{self, catch_unwind};
use std::process::{ExitCode, Stdio, exit};
use std::thread;

use opentelemetry::Value;
#[cfg(unix)]
use opentelemetry_env_carrier::WithTraceContext as _;
use opentelemetry_env_carrier::{InSpan as _, MainSpan};
use opentelemetry_sdk::trace::SpanData;

use super::exported::{MAIN, SUCCEEDED, Spans, attribute};
#[cfg(unix)]
use crate::child::child;
#[cfg(unix)]
use crate::fixtures::contexts::{ALL, SPAN, SPAN_ID};
use crate::fixtures::process::{NO_VARIABLES, in_process, process, written};

#[test]
fn main_may_return_nothing_or_ok() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        assert_eq!(MainSpan::start().end(()), ExitCode::SUCCESS);
        assert_eq!(MainSpan::start().end(Ok::<(), &str>(())), ExitCode::SUCCESS);
        assert_eq!(spans.shown(), vec![format!("{MAIN} {SUCCEEDED}"); 2]);
    });
}

#[test]
fn main_may_return_any_exit_code() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        for code in 0..=255 {
            assert_eq!(MainSpan::start().end(ExitCode::from(code)), ExitCode::from(code));
        }
        let mut expected = vec![format!("{MAIN} {SUCCEEDED}")];
        for code in 1..=255 {
            expected.push(format!("{MAIN} process.exit.code={code} error.type='{code}' Error"));
        }
        assert_eq!(spans.shown(), expected);
    });
}

#[test]
fn main_may_return_an_error_which_is_reported_as_usual() {
    let output = process(|| {
        let spans = Spans::of_this_process();
        assert_eq!(MainSpan::start().end(Err::<(), _>("broken")), ExitCode::FAILURE);
        assert_eq!(spans.shown(), [format!("{MAIN} process.exit.code=1 error.type='1' Error")]);
    })
    .output()
    .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "Error: \"broken\"\n");
}

#[test]
fn main_may_leave_with_a_question_mark() {
    in_process(NO_VARIABLES, "", || {
        fn leave() -> Result<(), std::num::ParseIntError> {
            let _span = MainSpan::start();
            "no number".parse::<u8>()?;
            Ok(())
        }
        let spans = Spans::of_this_process();
        leave().unwrap_err();
        assert_eq!(spans.shown(), [format!("{MAIN} Unset")]);
    });
}

#[test]
fn main_may_end_with_a_code_before_it_exits() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let main = MainSpan::start();
        main.end_with_code(7);
        assert_eq!(spans.shown(), [format!("{MAIN} process.exit.code=7 error.type='7' Error")]);
    });
}

#[cfg(unix)]
#[test]
fn a_code_is_recorded_as_the_parent_process_sees_it() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        let codes = [(-1, 255), (256, 0), (i32::MAX, 255), (i32::MIN, 0), (1_000, 232)];
        for (code, _) in codes {
            MainSpan::start().end_with_code(code);
        }
        for (span, (code, seen)) in spans.ended().iter().zip(codes) {
            let recorded = attribute(span, "process.exit.code");
            assert_eq!(recorded, Some(Value::I64(seen)), "{code}");
        }
    });
}

#[cfg(unix)]
#[test]
fn a_signal_is_recorded_and_any_number_is_survived() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        for signal in [15, 64, i32::MAX, i32::MIN] {
            MainSpan::start().end_with_signal(signal);
        }
        MainSpan::start().handle().end_with_signal(2);
        let ends = [
            "process.exit.code=143 error.type='SIGTERM' Error",
            "process.exit.code=192 error.type='192' Error",
            "process.exit.code=2147483647 error.type='2147483647' Error",
            "process.exit.code=-2147483520 error.type='-2147483520' Error",
            "process.exit.code=130 error.type='SIGINT' Error",
        ];
        assert_eq!(spans.shown(), ends.map(|end| format!("{MAIN} {end}")));
    });
}

#[test]
fn main_may_panic() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        panic::set_hook(Box::new(|_| {}));
        let main = || {
            let _span = MainSpan::start();
            panic!("a panic");
        };
        catch_unwind(main).unwrap_err();
        let end = "process.exit.code=101 error.type='panic' Error";
        assert_eq!(spans.shown(), [format!("{MAIN} {end}")]);
    });
}

#[test]
fn another_thread_may_panic() {
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        panic::set_hook(Box::new(|_| {}));
        let main = MainSpan::start();
        thread::spawn(|| panic!("a panic")).join().unwrap_err();
        assert_eq!(main.end(()), ExitCode::SUCCESS);
        assert_eq!(spans.shown(), [format!("{MAIN} {SUCCEEDED}")]);
    });
}

/// Which continues the span that has ended.
#[cfg(unix)]
#[test]
fn main_may_become_another_program() {
    let shown = SPAN.replace(SPAN_ID, "feed000000000001");
    let shown = format!("{shown}, tracestate vendor=value, baggage build.id=42\n");
    in_process(ALL.written.iter().copied(), &shown, || {
        let spans = Spans::of_this_process();
        let main = MainSpan::start();
        let mut command = child("show-parent");
        command.with_trace_context();
        main.end_with_code(0);
        assert_eq!(spans.shown(), [format!("{MAIN} {SUCCEEDED}")]);
        panic!("{}", command.exec());
    });
}

#[test]
fn both_halves_record_the_same_and_the_callees_is_under_the_callers() {
    fn recorded(span: &SpanData) -> [Option<Value>; 2] {
        ["process.pid", "process.exit.code"].map(|key| attribute(span, key))
    }
    let mut callee = process(|| {
        let spans = Spans::of_this_process();
        MainSpan::start().end_with_code(3);
        println!("{} {:?}", spans.only().parent_span_id, recorded(&spans.only()));
        exit(3);
    });
    in_process(NO_VARIABLES, "", || {
        let spans = Spans::of_this_process();
        // Ids are numbered in both: that of this span is the callee's.
        let _main = MainSpan::start();
        let callee = callee.stdout(Stdio::piped()).in_span().spawn().unwrap();
        let callee = written(callee.wait_with_output().unwrap().stdout);
        let caller = spans.only();
        let expected = format!("{} {:?}\n", caller.span_context.span_id(), recorded(&caller));
        assert_eq!(callee, expected);
    });
}
