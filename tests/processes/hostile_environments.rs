//! Environments that are large, malformed, or both: no panic, no lost child, and what can be read is
//! read.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;
use std::thread;

use libtest_mimic::{Failed, Trial};
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_env_carrier::{EnvCarrier, WithTraceContext as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use proptest::collection::vec;
use proptest::prelude::Strategy as _;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::LINE;
use crate::fixtures::contexts::{
    ALL, SPAN, STALE, TRACEPARENT, shown, shown_by_child, with_numbered_span,
};
use crate::fixtures::roles::{self, Role, Test, test};

pub(crate) const ROLES: &[Role] = &[("parent and child", |_| {
    let mut child = roles::command("child", "");
    assert!(child.with_trace_context_from(&(ALL.cx)()).status().unwrap().success());
})];

pub(crate) fn tests() -> Vec<Test> {
    let large = || (0..10_000).map(|n| format!("OTHER_{n}=value {n}").into_bytes()).collect();
    // So many of these are all that `execve` takes, less a few kilobytes.
    let most = if cfg!(target_os = "linux") { 20 } else { 10 };
    let long = |name: &str| [name.as_bytes(), b"=", &[b'x'; 100_000]].concat();
    let near_the_limit = move || (0..most).map(|n| long(&format!("LONG_{n}"))).collect();
    let malformed = || {
        let entries: [&[u8]; 7] = [
            b"=no name",
            b"no equals sign",
            b"",
            b"\xFF=\xFF",
            b"N\xFFME=value",
            b"==",
            b"OTHER=\xFF",
        ];
        entries.map(<[u8]>::to_vec).into()
    };
    let mut tests = Vec::from(environment("10,000 variables", large));
    tests.extend(environment("a total near the limit of execve", near_the_limit));
    tests.extend(environment("malformed entries", malformed));
    tests.extend([
        Trial::test("the longest values that there can be are read, and rejected", longest_values),
        Trial::test("entries of baggage are read up to the SDK's limit", entries_of_baggage),
        Trial::test("bytes of baggage are read up to the SDK's limit", bytes_of_baggage),
        Trial::test(
            "a span of any length, and with any byte at any place, is read as it stands",
            spans_of_any_kind,
        ),
        Trial::test("any byte in a span is survived by a real child", any_byte),
        Trial::test("any environment is survived by a real child", any_environment),
    ]);
    let mut tests: Vec<Test> = tests.into_iter().map(Test::from).collect();
    let name = "2,000 children of 16 threads each continue their own span";
    tests.push(test(name, STALE.iter().copied(), spawn_on_many_threads, ""));
    tests
}

/// In such an environment a child extracts its context, and a parent injects one.
fn environment(
    name: &str,
    entries: impl Fn() -> Vec<Vec<u8>> + Copy + Send + 'static,
) -> [Trial; 2] {
    [
        Trial::test(format!("a child reads its context among {name}"), move || {
            let mut entries = entries();
            entries.push(format!("TRACEPARENT={TRACEPARENT}").into_bytes());
            shows(&entries, &format!("{SPAN}\nOk(Some({SPAN}))\n"))
        }),
        Trial::test(format!("a parent injects its context among {name}"), move || {
            let mut entries = entries();
            entries.push(b"BAGGAGE=stale=1".to_vec());
            let received = roles::output(&mut exec("parent and child", &entries))?;
            roles::same(&received, &shown_by_child(&(ALL.cx)()))
        }),
    ]
}

fn longest_values() -> Result<(), Failed> {
    let longest = |name: &str| {
        let value = vec![b'x'; 128 * 1024 - name.len() - "=".len() - "\0".len()];
        [name.as_bytes(), b"=", &value].concat()
    };
    let entries = ["TRACEPARENT", "TRACESTATE", "BAGGAGE", "OTHER"].map(longest);
    let error = "environment variable TRACEPARENT is set, but holds no valid span context";
    shows(&entries, &format!("no span\nErr({error})\n"))
}

fn entries_of_baggage() -> Result<(), Failed> {
    for (entries, read) in [(64, 64), (65, 64)] {
        let list: Vec<String> = (0..entries).map(|n| format!("k{n}=v")).collect();
        assert_eq!(entries_read(&list.join(","))?, read, "of {entries}");
    }
    Ok(())
}

fn bytes_of_baggage() -> Result<(), Failed> {
    // Two entries: up to 0.31 the limit does not count the separator between them.
    for (bytes, read) in [(8_192, 2), (8_193, if LINE < 32 { 2 } else { 0 })] {
        let a = format!("a={},b=", "v".repeat(8_192 / 2 - 2));
        let b = "v".repeat(bytes - a.len());
        assert_eq!(entries_read(&(a + &b))?, read, "of {bytes} bytes");
    }
    Ok(())
}

/// How many entries a child extracts.
fn entries_read(baggage: &str) -> Result<usize, Failed> {
    let shown = output_of_child(&[format!("BAGGAGE={baggage}").into_bytes()])?;
    Ok(shown.lines().next().unwrap_or_default().matches("baggage").count())
}

fn spans_of_any_kind() -> Result<(), Failed> {
    let repeated = TRACEPARENT.chars().cycle();
    let mut spans: Vec<String> = (0..=200).map(|n| repeated.clone().take(n).collect()).collect();
    for place in 0..TRACEPARENT.len() {
        let (before, after) = (&TRACEPARENT[..place], &TRACEPARENT[place + 1..]);
        spans.extend((0..=255).map(|byte| format!("{before}{}{after}", char::from(byte))));
    }
    for span in spans {
        let propagator = TraceContextPropagator::new();
        let env = HashMap::from([("TRACEPARENT".to_owned(), span.clone())]);
        let headers = HashMap::from([("traceparent".to_owned(), span.clone())]);
        let ours = propagator.extract_with_context(&Context::new(), &EnvCarrier::new(&env));
        let theirs = propagator.extract_with_context(&Context::new(), &headers);
        assert_eq!(shown(&ours), shown(&theirs), "{span:?}");
    }
    Ok(())
}

fn any_byte() -> Result<(), Failed> {
    for byte in (1..=255).step_by(3) {
        let mut span = format!("TRACEPARENT={TRACEPARENT}").into_bytes();
        let place = "TRACEPARENT=".len() + usize::from(byte) % TRACEPARENT.len();
        span[place] = byte;
        output_of_child(&[span])?;
    }
    Ok(())
}

fn any_environment() -> Result<(), Failed> {
    let names = ["TRACEPARENT=", "TRACESTATE=", "BAGGAGE=", "OTEL_PROPAGATORS=", ""];
    let entry = (select(names.to_vec()), vec(1..=255_u8, 0..80))
        .prop_map(|(name, bytes)| [name.as_bytes(), &bytes].concat());
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    let survived = |entries: Vec<Vec<u8>>| match output_of_child(&entries) {
        Ok(_) => Ok(()),
        Err(failed) => Err(TestCaseError::fail(failed.message().unwrap_or("").to_owned())),
    };
    let run = TestRunner::new(config).run(&vec(entry, 0..6), survived);
    run.map_err(|error| error.to_string().into())
}

fn shows(entries: &[Vec<u8>], expected: &str) -> Result<(), Failed> {
    roles::same(&output_of_child(entries)?, expected)
}

fn output_of_child(entries: &[Vec<u8>]) -> Result<String, Failed> {
    roles::output(&mut exec("child", entries))
}

/// A process in the environment of just these entries, to the letter.
fn exec(role: &str, entries: &[Vec<u8>]) -> Command {
    let mut command = roles::command("exec", role);
    command.env_clear().args(entries.iter().map(|entry| OsStr::from_bytes(entry)));
    command
}

fn spawn_on_many_threads() {
    thread::scope(|scope| {
        for thread in 0..16 {
            scope.spawn(move || {
                for n in 0..125 {
                    let cx = with_numbered_span(thread * 125 + n);
                    let _current = cx.clone().attach();
                    let received = roles::output(roles::command("child", "").with_trace_context());
                    assert_eq!(received.unwrap(), shown_by_child(&cx));
                }
            });
        }
    });
}
