//! The shutdown that `MainSpan` runs: once, after the span has ended, however `main` is left.

use std::io::Write as _;
use std::mem;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};

use super::*;

/// Its shutdown writes how many spans have ended.
fn main_span(spans: &Spans) -> MainSpan {
    let ended = spans.counter();
    MainSpan::builder().with_shutdown(move || println!("shut down after {} span", ended())).start()
}

macro_rules! shuts_down {
    ($($test:ident: $leave:expr, $end:expr;)*) => {$(
        #[test]
        fn $test() {
            in_process_with_spans(&[], "shut down after 1 span\n", |spans| {
                let leave: fn(MainSpan) = $leave;
                leave(main_span(&spans));
                assert_eq!(spans.shown(), [format!("{MAIN} {}", $end)]);
            });
        }
    )*};
}

shuts_down! {
    when_main_returns: |main| assert_eq!(main.end(()), ExitCode::SUCCESS), SUCCEEDED;
    when_main_returns_an_exit_code: |main| _ = main.end(ExitCode::from(3)), FAILED;
    when_main_returns_though_another_thread_panicked: |main| {
        panic::set_hook(Box::new(|_| {}));
        thread::spawn(|| panic!("a panic")).join().unwrap_err();
        assert_eq!(main.end(()), ExitCode::SUCCESS);
    }, SUCCEEDED;
    when_main_is_left_with_a_question_mark: |main| drop(main), "Unset";
    when_a_code_is_recorded_before_an_exit: |main| {
        main.end_with_code(3);
        mem::forget(main); // an exit drops nothing
    }, FAILED;
    when_the_handle_ends_it_on_another_thread: |main| {
        let handle = main.handle();
        thread::spawn(move || handle.end_with_code(3)).join().unwrap();
    }, FAILED;
    once_even_if_it_is_ended_several_times: |main| {
        main.end_with_code(0);
        main.handle().clone().end_with_code(1);
        main.end_with_code(2);
        main.end(ExitCode::FAILURE);
    }, SUCCEEDED;
    when_main_panics: |main| {
        panic::set_hook(Box::new(|_| {}));
        catch_unwind(AssertUnwindSafe(|| {
            let _main = main;
            panic!("a panic");
        }))
        .unwrap_err();
    }, "process.exit.code=101 error.type='panic' Error";
}

#[test]
fn spans_of_children_that_are_still_open_end_before_it_among_many_that_have_ended() {
    in_process_with_spans(&[], "shut down after 202 span\n", |spans| {
        let main = main_span(&spans);
        let mut running = child("read exit 0");
        let running = running.stdin(Stdio::piped()).in_span().spawn().unwrap();
        let mut forgotten = Vec::new();
        for _ in 0..100 {
            ChildSpan::start("worker").end_with_code(0);
            forgotten.push(ChildSpan::start("worker"));
        }
        main.end_with_code(0);
        assert!(spans.shown().contains(&format!("{CHILD} Unset")), "{:?}", spans.shown());
        forgotten[0].end_with_code(3); // too late
        drop((running, forgotten));
        assert_eq!(spans.ended().len(), 202);
    });
}

/// Though `output()` returns it to nobody while it waits.
#[test]
fn the_span_of_a_child_whose_output_is_awaited_ends_before_it() {
    in_process_with_spans(&[], "shut down after 2 span\n", |spans| {
        let main = main_span(&spans);
        let (stdin, mut input) = io::pipe().unwrap();
        let waits = thread::spawn(|| child("read exit 0").stdin(stdin).in_span().output());
        // More than fits into the pipe, so it is written when the child runs.
        input.write_all(&[0; 1 << 20]).unwrap();
        main.end_with_code(0);
        drop(input);
        waits.join().unwrap().unwrap();
    });
}

#[test]
fn without_a_shutdown_spans_of_children_stay_open() {
    in_process_with_spans(&[], "", |spans| {
        let main = MainSpan::start();
        let running = ChildSpan::start("worker");
        main.end_with_code(0);
        assert_eq!(spans.ended().len(), 1);
        running.end_with_code(3);
        assert!(spans.shown()[1].ends_with(FAILED));
    });
}

#[test]
fn only_the_span_that_counts_on_every_thread_ends_those_of_children() {
    let writes = "shut down after 1 span\nshut down after 3 span\n";
    in_process_with_spans(&[], writes, |spans| {
        let (first, second) = (main_span(&spans), main_span(&spans));
        let _running = ChildSpan::start("worker");
        second.end_with_code(0);
        first.end_with_code(0);
    });
}

#[test]
fn a_second_one_replaces_the_first_also_without_a_provider() {
    in_process(NO_VARIABLES, "second\n", || {
        let main = MainSpan::builder().with_shutdown(|| println!("first"));
        drop(main.with_shutdown(|| println!("second")).start());
    });
}

#[test]
fn one_that_panics_changes_nothing() {
    in_process_with_spans(&[], "", |spans| {
        panic::set_hook(Box::new(|_| {}));
        let main = || MainSpan::builder().with_shutdown(|| panic!("in the shutdown")).start();
        assert_eq!(main().end(()), ExitCode::SUCCESS);
        main().end_with_code(0);
        let handle = main().handle();
        thread::spawn(move || handle.end_with_code(0)).join().unwrap();
        // Also while another panic unwinds.
        let panics = catch_unwind(|| {
            let _main = main();
            panic!("in main");
        });
        assert_eq!(panics.unwrap_err().downcast_ref(), Some(&"in main"));
        assert_eq!(spans.ended().len(), 4);
    });
}

#[test]
fn a_span_processor_that_panics_changes_nothing() {
    #[derive(Debug)]
    struct Panics;

    impl SpanProcessor for Panics {
        fn on_start(&self, _: &mut Span, _: &Context) {}

        fn on_end(&self, span: SpanData) {
            println!("{}", span.name);
            panic!("in the span processor");
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    in_process(NO_VARIABLES, "main\nfirst\nsecond\nshut down\n", || {
        panic::set_hook(Box::new(|_| {}));
        let provider = SdkTracerProvider::builder().with_span_processor(Panics).build();
        global::set_tracer_provider(provider);
        let main = MainSpan::builder().with_name("main");
        let main = main.with_shutdown(|| println!("shut down")).start();
        let _open = [ChildSpan::start("first"), ChildSpan::start("second")];
        assert_eq!(main.end(()), ExitCode::SUCCESS);
    });
}

#[test]
fn a_thread_that_ends_it_second_waits_for_it() {
    in_process_with_spans(&[], "", |_spans| {
        let (started, is_started) = mpsc::channel();
        let (done, is_done) = mpsc::channel();
        let main = MainSpan::builder().with_shutdown(move || {
            started.send(()).unwrap();
            // Long enough for a thread that does not wait to be noticed.
            for _ in 0..10_000 {
                thread::yield_now();
            }
            done.send(()).unwrap();
        });
        let main = main.start();
        let handle = main.handle();
        let first = thread::spawn(move || handle.end_with_code(3));
        is_started.recv().unwrap();
        main.end(());
        is_done.try_recv().expect("it is done");
        first.join().unwrap();
    });
}

#[test]
fn a_panic_hook_may_end_the_span_while_its_shutdown_panics() {
    in_process_with_spans(&[], "the hook returns\n", |spans| {
        let main = MainSpan::builder().with_shutdown(|| panic!("in the shutdown")).start();
        let handle = main.handle();
        panic::set_hook(Box::new(move |_| {
            handle.end_with_code(101);
            println!("the hook returns");
        }));
        main.end_with_code(0);
        assert_eq!(spans.shown(), [format!("{MAIN} {SUCCEEDED}")]);
    });
}
