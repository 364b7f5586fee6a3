//! The span around `main`, and spans of children that no `Command` of this crate spawned. Each case runs in
//! a process of its own, which prints each span when it ends.

use std::process::{Command, ExitCode, Output, exit};
use std::{env, io, thread};

use libtest_mimic::{Failed, Trial};
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_env_carrier::{
    ChildSpan, EnvChanges, InSpan as _, MainSpan, WithTraceContext as _,
};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::Runtime;
use tracing::level_filters::LevelFilter;

use crate::fixtures::contexts::{ALL, SPAN, SPAN_ID, TRACE_ID, shown};
use crate::fixtures::roles::{self, Role};
use crate::fixtures::subscriber::install_printer;

pub(crate) const ROLES: &[Role] = &[
    ("ends its main", end_main),
    ("spawns on a thread without a span", spawn_on_bare_thread),
    ("spawns in both halves", |code| {
        let main = set_provider_and_start();
        let status = roles::command("is the callee", code).in_span().status().unwrap();
        main.end_with_code(status.code().unwrap());
    }),
    ("is the callee", |code| {
        let main = set_provider_and_start();
        let code = code.parse().unwrap();
        main.end_with_code(code);
        exit(code);
    }),
    ("spawns by other means", spawn_by_other_means),
    ("uses a command again", use_command_again),
    ("logs its spans", |_| {
        install_printer(LevelFilter::TRACE);
        drop(ChildSpan::builder("without a provider").start());
        global::set_tracer_provider(SdkTracerProvider::default());
        drop(ChildSpan::builder("without a parent").start());
        drop(ChildSpan::builder("with one").with_parent(&(ALL.cx)()).start());
    }),
    ("is a child that shows its context", |_| roles::show_parent()),
];

struct Case {
    /// What [`end_main`] does.
    does: &'static str,
    exit_code: i32,
    /// What the span says at its end, or `""` if there is none.
    span: &'static str,
    stderr: &'static str,
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { does: "return nothing", exit_code: 0, span: "code 0, Unset", stderr: "" },
    Case { does: "return Ok", exit_code: 0, span: "code 0, Unset", stderr: "" },
    Case { does: "return Err", exit_code: 0, span: r#"code 1, error 1, Error { description: "" }"#, stderr: "Error: \"broken\"\n" },
    Case { does: "return an exit code", exit_code: 0, span: r#"code 3, error 3, Error { description: "" }"#, stderr: "" },
    Case { does: "leave with ?", exit_code: 0, span: "Unset", stderr: "" },
    Case { does: "panic", exit_code: 101, span: r#"code 101, error panic, Error { description: "" }"#, stderr: "a panic" },
    Case { does: "panic on another thread", exit_code: 0, span: "code 0, Unset", stderr: "a panic" },
    Case { does: "exit", exit_code: 7, span: r#"code 7, error 7, Error { description: "" }"#, stderr: "" },
    Case { does: "return under tokio", exit_code: 0, span: "code 0, Unset", stderr: "" },
    Case { does: "use a tracer of its own", exit_code: 0, span: "code 0, Unset", stderr: "" },
    Case { does: "have no provider", exit_code: 0, span: "", stderr: "" },
    Case { does: "have a provider that was shut down", exit_code: 0, span: "", stderr: "" },
    Case { does: "be suppressed", exit_code: 0, span: "", stderr: "" },
    #[cfg(unix)]
    Case { does: "become another program", exit_code: 0, span: "code 0, Unset", stderr: "" },
];

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests: Vec<Trial> = CASES
        .iter()
        .map(|case| {
            let name = format!("a main in a span may {}", case.does);
            Trial::test(name, move || records(case))
        })
        .collect();
    for place in PLACES {
        for has_main in [true, false] {
            let of = if has_main { "of the span around main" } else { "that the process inherits" };
            tests.push(Trial::test(
                format!("children {place} continue the trace {of}"),
                move || continues(place, has_main),
            ));
        }
    }
    tests.push(Trial::test(
        "that there is no span, and that one has no parent, is logged at DEBUG",
        || {
            let events = roles::output(roles::command("logs its spans", "").env_clear())?;
            let ours =
                events.lines().filter(|line| line.starts_with("DEBUG opentelemetry_env_carrier: "));
            let names = ours.map(|line| line.split("name=").nth(1).unwrap_or(line));
            let expected = [r#""EnvCarrier.NoSpan""#, r#""EnvCarrier.NoParentSpan""#];
            assert_eq!(names.collect::<Vec<_>>(), expected, "{events}");
            Ok(())
        },
    ));
    for code in [0, 3] {
        tests.push(Trial::test(format!("both halves agree on exit code {code}"), move || {
            halves_agree(code)
        }));
    }
    for means in MEANS {
        tests.push(Trial::test(
            format!("a child that is spawned by {means} has a span"),
            move || {
                roles::child_succeeds_silently(&mut roles::command("spawns by other means", means))
            },
        ));
    }
    for kind in ["std", "tokio", "async-process"] {
        tests.push(Trial::test(
            format!("a command is set back when it was used in a span: {kind}"),
            move || roles::child_succeeds_silently(&mut inheriting("uses a command again", kind)),
        ));
    }
    tests
}

/// A process that inherits the context of [`ALL`].
fn inheriting(role: &str, argument: &str) -> Command {
    let mut command = roles::command(role, argument);
    command.env_clear().envs(ALL.written.iter().copied());
    command
}

fn records(case: &Case) -> Result<(), Failed> {
    let Output { status, stdout, stderr } = inheriting("ends its main", case.does).output()?;
    let (stdout, stderr) = (String::from_utf8(stdout)?, String::from_utf8(stderr)?);
    assert_eq!(status.code(), Some(case.exit_code), "{stdout}{stderr}");
    assert!(
        stderr.contains(case.stderr) && stderr.is_empty() == case.stderr.is_empty(),
        "{stderr}"
    );
    let mut lines: Vec<&str> = stdout.lines().collect();
    if case.does == "become another program" {
        // It continues the span that has ended.
        let id = lines[0].split(' ').nth(2).unwrap();
        assert!(lines[1].contains(&format!("{TRACE_ID}-{id}-01 remote")), "{stdout}");
        lines.truncate(1);
    }
    let [line] = lines[..] else {
        return roles::same(&stdout, case.span);
    };
    let (head, end) = line.split_once(": ").unwrap();
    assert!(
        head.starts_with(&format!("Internal {} ", roles::command("", "").program_name())),
        "{line}"
    );
    assert!(
        head.contains(&format!("in {TRACE_ID} under {SPAN_ID}, of this process, pid ")),
        "{line}"
    );
    roles::same(end, case.span)
}

trait ProgramName {
    fn program_name(&self) -> String;
}

impl ProgramName for Command {
    fn program_name(&self) -> String {
        let path = std::path::Path::new(self.get_program());
        path.file_name().unwrap().to_str().unwrap().to_owned()
    }
}

fn end_main(does: &str) {
    if does != "have no provider" {
        set_provider();
    }
    match does {
        "have a provider that was shut down" => shut_down(),
        "use a tracer of its own" => {
            let provider = provider();
            shut_down(); // so that only its own can make a span
            let tracer = provider.tracer("its own");
            let span = MainSpan::builder().with_tracer(&tracer).start();
            assert_eq!(span.end(()), ExitCode::SUCCESS);
            return;
        }
        "return under tokio" => {
            Runtime::new().unwrap().block_on(async {
                let span = MainSpan::start();
                tokio::task::yield_now().await;
                assert_eq!(span.end(()), ExitCode::SUCCESS);
            });
            return;
        }
        _ => {}
    }
    let _suppressed = (does == "be suppressed").then(Context::enter_telemetry_suppressed_scope);
    let span = MainSpan::start();
    assert_eq!(shown(span.context()), shown(&Context::current()));
    match does {
        "return nothing" => assert_eq!(span.end(()), ExitCode::SUCCESS),
        "return Ok" => assert_eq!(span.end(Ok::<(), &str>(())), ExitCode::SUCCESS),
        "return Err" => assert_eq!(span.end(Err::<(), _>("broken")), ExitCode::FAILURE),
        "return an exit code" => assert_eq!(span.end(ExitCode::from(3)), ExitCode::from(3)),
        "leave with ?" => assert!(leave(span).is_err()),
        "panic" => panic!("a panic"),
        "panic on another thread" => {
            assert!(thread::spawn(|| panic!("a panic")).join().is_err());
            assert_eq!(span.end(()), ExitCode::SUCCESS);
        }
        "exit" => {
            span.end_with_code(7);
            exit(7);
        }
        #[cfg(unix)]
        "become another program" => {
            use std::os::unix::process::CommandExt as _;
            let mut command = roles::command("is a child that shows its context", "");
            command.with_trace_context();
            span.end_with_code(0);
            panic!("{}", command.exec());
        }
        // There is no span, and the children are in that of the parent.
        _ => {
            let with_parent = format!("{SPAN}, tracestate vendor=value, baggage build.id=42");
            assert_eq!(shown(span.context()), with_parent);
            drop(span);
            assert_eq!(shown(&Context::current()), "no span");
        }
    }
}

fn leave(_span: MainSpan) -> Result<(), std::num::ParseIntError> {
    "no number".parse::<u8>()?;
    Ok(())
}

const PLACES: [&str; 4] =
    ["in thread::scope", "in tokio::spawn", "in spawn_blocking", "on the main thread"];
const CHILDREN: usize = 8;

/// Each child prints what it extracts, and each span around one what it is under.
fn continues(place: &str, has_main: bool) -> Result<(), Failed> {
    let argument = format!("{has_main} {place}");
    let mut process = inheriting("spawns on a thread without a span", &argument);
    let output = roles::output(&mut process)?;
    let (spans, children): (Vec<&str>, Vec<&str>) = output
        .lines()
        .filter(|line| !line.starts_with("Ok("))
        .partition(|line| line.contains(" under "));
    let main = spans.iter().find(|line| line.starts_with("Internal"));
    let expected_parent = match main {
        Some(main) => main.split(' ').nth(2).unwrap(),
        None => SPAN_ID,
    };
    let clients: Vec<_> = spans.iter().filter(|line| line.starts_with("Client")).collect();
    assert_eq!(
        (clients.len(), children.len(), main.is_some()),
        (CHILDREN, CHILDREN * 2, has_main),
        "{output}"
    );
    for client in clients {
        assert!(client.contains(&format!("in {TRACE_ID} under {expected_parent}")), "{output}");
    }
    // One child of each pair is in a span of its own, the other in that of main, if there is one.
    let in_trace = children.iter().filter(|child| child.contains(TRACE_ID));
    assert_eq!(in_trace.count(), CHILDREN * 2, "{output}");
    let in_parent = children.iter().filter(|child| child.contains(expected_parent));
    assert_eq!(in_parent.count(), CHILDREN, "{output}");
    let with_baggage = children.iter().filter(|child| child.ends_with("baggage build.id=42"));
    assert_eq!(with_baggage.count(), CHILDREN * 2, "{output}");
    Ok(())
}

fn spawn_on_bare_thread(argument: &str) {
    let (has_main, place) = argument.split_once(' ').unwrap();
    set_provider();
    let main = (has_main == "true").then(MainSpan::start);
    match place {
        "in thread::scope" => thread::scope(|scope| {
            for _ in 0..CHILDREN {
                scope.spawn(spawn_two);
            }
        }),
        "on the main thread" => (0..CHILDREN).for_each(|_| spawn_two()),
        place => Runtime::new().unwrap().block_on(async {
            let tasks = (0..CHILDREN).map(|_| match place {
                "in tokio::spawn" => tokio::spawn(async { spawn_two() }),
                _ => tokio::task::spawn_blocking(spawn_two),
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
        }),
    }
    drop(main);
}

fn spawn_two() {
    let child = || roles::command("is a child that shows its context", "");
    let in_span = child().in_span().output().unwrap();
    let within = child().with_trace_context().output().unwrap();
    // Whole lines, because several threads print.
    print!("{}", String::from_utf8([in_span.stdout, within.stdout].concat()).unwrap());
}

fn halves_agree(code: i32) -> Result<(), Failed> {
    let mut process = inheriting("spawns in both halves", &code.to_string());
    let output = roles::output(&mut process)?;
    let [callee, caller, main] = output.lines().collect::<Vec<_>>()[..] else {
        return Err(output.into());
    };
    let id = |line: &str| line.split(' ').nth(2).unwrap().to_owned();
    let parent = |line: &str| line.split_once("under ").unwrap().1[..16].to_owned();
    assert_eq!(
        (parent(callee), parent(caller), parent(main)),
        (id(caller), id(main), SPAN_ID.into())
    );
    let pid = |line: &str| line.split_once("pid ").unwrap().1.split(',').next().unwrap().to_owned();
    assert_eq!(pid(caller), pid(callee), "{output}");
    assert_ne!(pid(caller), pid(main), "{output}");
    let end = |line: &str| line.split_once(": ").unwrap().1.to_owned();
    roles::same(&end(callee), &end(caller))
}

const MEANS: &[&str] = &[
    #[cfg(unix)]
    "portable-pty",
    #[cfg(unix)]
    "waitpid",
    "into_parts",
    "a runner that fails",
    "a runner that is cancelled",
    "a runner that forgets it",
];

const WORKER: &str = if cfg!(windows) { "C:/worker.exe" } else { "/usr/bin/worker" };

fn spawn_by_other_means(means: &str) {
    let exporter = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    global::set_tracer_provider(provider);
    let parent = global::tracer("test").start("parent");
    let _current = Context::current_with_span(parent).attach();
    let code = match means {
        #[cfg(unix)]
        "portable-pty" => in_a_pty(),
        #[cfg(unix)]
        "waitpid" => by_waitpid(),
        "into_parts" => {
            let child = roles::command("exits with", 3).in_span().spawn().unwrap();
            let (mut child, span) = child.into_parts();
            let status = child.wait().unwrap();
            span.context().span().set_attribute(KeyValue::new("verdict", "flaky"));
            span.end_with_status(status);
            Some(3)
        }
        "a runner that fails" => {
            let span = ChildSpan::builder("worker").start();
            span.end_with_error(&io::Error::from(io::ErrorKind::TimedOut));
            span.end_with_code(0); // the first end counts
            None
        }
        "a runner that is cancelled" => {
            let span = ChildSpan::builder(WORKER)
                .with_arguments(["--fast"])
                .with_expected_codes([1])
                .start();
            span.set_pid(7);
            span.ignore_failure();
            span.end_with_code(143);
            Some(143)
        }
        _ => {
            drop(
                ChildSpan::builder("worker")
                    .with_attributes([KeyValue::new("process.pid", "none")])
                    .start(),
            );
            None
        }
    };
    let [span] = exporter.get_finished_spans().unwrap().try_into().expect("one span");
    assert_eq!(span.parent_span_id, Context::current().span().span_context().span_id());
    let attribute = |key: &str| {
        let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
        found.map(|attribute| attribute.value.to_string())
    };
    assert_eq!(attribute("process.exit.code"), code.map(|code: i32| code.to_string()));
    let error = match means {
        "a runner that fails" => Some("TimedOut".to_owned()),
        "a runner that is cancelled" | "a runner that forgets it" => None,
        _ => code.map(|code| code.to_string()),
    };
    assert_eq!(attribute("error.type"), error);
    let description = if means == "a runner that fails" { "timed out" } else { "" };
    let status = if error.is_some() { Status::error(description) } else { Status::Unset };
    assert_eq!(span.status, status);
    match means {
        "into_parts" => assert_eq!(attribute("verdict"), Some("flaky".to_owned())),
        "a runner that is cancelled" => {
            assert_eq!(attribute("process.executable.path"), Some(WORKER.to_owned()));
            assert_eq!(
                attribute("process.command_args"),
                Some(format!(r#"["{WORKER}","--fast"]"#))
            );
        }
        "a runner that forgets it" => assert_eq!(attribute("process.pid"), Some("none".to_owned())),
        _ => {}
    }
}

#[cfg(unix)]
fn in_a_pty() -> Option<i32> {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    let child = roles::command("child with an exit code", 3);
    let span = ChildSpan::builder(child.get_program()).start();
    let mut command = CommandBuilder::new(child.get_program());
    command.args(child.get_args());
    for (name, value) in EnvChanges::from_context(span.context()) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut child = pty.slave.spawn_command(command).unwrap();
    span.set_pid(child.process_id().unwrap());
    drop(pty.slave);
    let mut shown = String::new();
    // The end of a PTY is an error on Linux.
    _ = io::Read::read_to_string(&mut pty.master.try_clone_reader().unwrap(), &mut shown);
    let id = span.context().span().span_context().span_id();
    assert!(shown.contains(&id.to_string()), "{shown}");
    let code = i32::try_from(child.wait().unwrap().exit_code()).unwrap();
    span.end_with_code(code);
    Some(code)
}

#[cfg(unix)]
fn by_waitpid() -> Option<i32> {
    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::unistd::Pid;

    let mut command = roles::command("exits with", 3);
    let (child, span) = command.in_span().spawn().unwrap().into_parts();
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    let Ok(WaitStatus::Exited(_, code)) = waitpid(pid, None) else { panic!("it exits") };
    span.end_with_code(code);
    Some(code)
}

/// What a child receives afterwards is what it would have received before.
fn use_command_again(kind: &str) {
    type Prepare = fn(&mut Command);
    let prepared: [(&str, Prepare); 4] = [
        ("as it is", |_| {}),
        ("with a variable of its own", |command| {
            command.env("TRACEPARENT", "of its own").env_remove("BAGGAGE");
        }),
        ("cleared", |command| {
            command.env_clear();
        }),
        ("cleared, with a variable of its own", |command| {
            command.env_clear().env("TRACESTATE", "of its own");
        }),
    ];
    global::set_tracer_provider(SdkTracerProvider::default());
    for (name, prepare) in prepared {
        let command = || {
            let mut command = roles::command("show its environment", "");
            prepare(&mut command);
            command
        };
        let before = command().output().unwrap().stdout;
        let (in_span, after) = Runtime::new().unwrap().block_on(async {
            match kind {
                "std" => {
                    let mut command = command();
                    (command.in_span().output(), command.output())
                }
                "tokio" => {
                    let mut command = tokio::process::Command::from(command());
                    (command.in_span().output().await, command.output().await)
                }
                _ => {
                    let mut command = async_process::Command::from(command());
                    (command.in_span().output().await, command.output().await)
                }
            }
        });
        assert_ne!(in_span.unwrap().stdout, before, "{name}");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(text(after.unwrap().stdout), text(before), "{name}");
    }
}

fn set_provider_and_start() -> MainSpan {
    set_provider();
    MainSpan::start()
}

fn set_provider() {
    global::set_tracer_provider(provider());
}

fn provider() -> SdkTracerProvider {
    SdkTracerProvider::builder().with_simple_exporter(Printer).build()
}

/// Spans that are started afterwards have no provider.
fn shut_down() {
    let provider = SdkTracerProvider::default();
    global::set_tracer_provider(provider.clone());
    provider.shutdown().unwrap();
}

/// Writes a line for each span when it ends:
/// `KIND NAME ID in TRACE under PARENT, of this process, pid …, : code …, error …, STATUS`.
#[derive(Debug)]
struct Printer;

impl SpanExporter for Printer {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in batch {
            let attribute = |key: &str, name: &str| {
                let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
                found.map(|found| format!("{name} {}, ", found.value)).unwrap_or_default()
            };
            let pid = attribute("process.pid", "pid");
            let is_own = pid == format!("pid {}, ", std::process::id());
            let path = env::current_exe().unwrap();
            let is_path = attribute("process.executable.path", "").contains(path.to_str().unwrap());
            let whose = if is_own && is_path { "of this process, " } else { "" };
            println!(
                "{:?} {} {} in {} under {}, {whose}{pid}: {}{}{:?}",
                span.span_kind,
                span.name,
                span.span_context.span_id(),
                span.span_context.trace_id(),
                span.parent_span_id,
                attribute("process.exit.code", "code"),
                attribute("error.type", "error"),
                span.status,
            );
        }
        Ok(())
    }
}
