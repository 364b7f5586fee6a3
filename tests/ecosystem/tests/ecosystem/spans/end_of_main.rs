//! Each way in which `main` may end, and what its span records. (For those that `shutdown` shows, see there.)

use std::process::exit;

use opentelemetry_sdk::trace::SpanData;

use super::*;

#[test]
fn main_may_return_any_exit_code() {
    in_process_with_spans(&[], "", |spans| {
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
    let mut main = process(|| {
        let spans = Spans::of_this_process();
        assert_eq!(MainSpan::start().end(Err::<(), _>("broken")), ExitCode::FAILURE);
        assert_eq!(spans.shown(), [format!("{MAIN} process.exit.code=1 error.type='1' Error")]);
    });
    let stderr = main.output().unwrap().stderr;
    assert_eq!(String::from_utf8(stderr).unwrap(), "Error: \"broken\"\n");
}

#[cfg(unix)]
#[test]
fn a_code_is_recorded_as_the_parent_process_sees_it() {
    in_process_with_spans(&[], "", |spans| {
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
        let signals = [
            (15, 143, "SIGTERM"),
            (64, 192, "192"),
            (i32::MAX, 2147483647, "2147483647"),
            (i32::MIN, -2147483520, "-2147483520"),
        ];
        for (signal, code, error_type) in signals {
            let spans = Spans::of_this_process();
            MainSpan::start().end_with_signal(signal);
            MainSpan::start().handle().end_with_signal(signal);
            let end = format!("process.exit.code={code} error.type='{error_type}' Error");
            assert_eq!(spans.shown(), vec![format!("{MAIN} {end}"); 2]);
        }
    });
}

/// Which continues the span that has ended.
#[cfg(unix)]
#[test]
fn main_may_become_another_program() {
    use std::os::unix::process::CommandExt as _;

    let shown = SPAN.replace(SPAN_ID, FIRST_SPAN);
    let shown = format!("{shown}, tracestate vendor=value, baggage build.id=42\n");
    in_process_with_spans(ALL.written, &shown, |spans| {
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
    in_process_with_spans(&[], "", |spans| {
        // Ids are numbered in both: that of this span is the callee's.
        let _main = MainSpan::start();
        let callee = callee.stdout(Stdio::piped()).in_span().spawn().unwrap();
        let callee = written(callee.wait_with_output().unwrap().stdout);
        let caller = spans.only();
        let expected = format!("{} {:?}\n", caller.span_context.span_id(), recorded(&caller));
        assert_eq!(callee, expected);
    });
}
