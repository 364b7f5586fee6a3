//! What the span says, and that the caller sees what it would have seen without it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceContextExt as _};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::fixtures::contexts::{ALL, with_numbered_span};
use crate::fixtures::roles;

#[cfg(target_os = "linux")]
use super::kinds::Std;
use super::kinds::{Kind, Operation, Outcome, Streams, With};
use super::{KINDS, always_on, block_on, export_spans};

struct Case {
    name: &'static str,
    command: fn() -> Command,
    /// The base name of the program, if it is not this one.
    program: Option<&'static str>,
    operations: &'static [Operation],
    with: &'static [With],
    end: End,
}

/// How the span ends.
enum End {
    ExitCode(i32),
    /// An exit code that is no error.
    Expected(i32),
    Signal(i32, &'static str),
    NotSpawned(&'static str),
    Unseen,
}

use Operation::{Converse, Drop, Kill, Output, TryWait, Wait, WaitTwice, WaitWithOutput};

const ANY: &[Operation] = &[Operation::Status, Output, Wait, WaitTwice, WaitWithOutput];

const SUCCESS: Case = Case {
    name: "a command that succeeds",
    command: || roles::command("exits with", 0),
    program: None,
    operations: ANY,
    with: &[],
    end: End::ExitCode(0),
};

const CASES: &[Case] = &[
    SUCCESS,
    Case {
        name: "a command that exits with 3",
        command: || roles::command("exits with", 3),
        end: End::ExitCode(3),
        ..SUCCESS
    },
    Case {
        name: "a command that exits with an expected code",
        command: || roles::command("exits with", 3),
        with: &[With::ExpectedCodes(&[1, 3])],
        end: End::Expected(3),
        ..SUCCESS
    },
    Case {
        name: "a command that exits with a code that is not expected",
        command: || roles::command("exits with", 3),
        with: &[With::ExpectedCodes(&[1, 2])],
        end: End::ExitCode(3),
        ..SUCCESS
    },
    Case {
        name: "a command whose attributes replace ours",
        with: &[
            With::Attribute("process.executable.name", "another"),
            With::Attribute("process.executable.path", "/another"),
        ],
        ..SUCCESS
    },
    Case {
        name: "a command that ends while it is watched",
        command: || roles::command("reads its input and exits with", 3),
        operations: &[TryWait],
        end: End::ExitCode(3),
        ..SUCCESS
    },
    Case {
        name: "a command that answers",
        command: || roles::command("answers its input and exits with", 3),
        operations: &[Converse],
        end: End::ExitCode(3),
        ..SUCCESS
    },
    Case {
        name: "a command that is killed",
        command: || roles::command("reads its input and exits with", 3),
        operations: &[Kill],
        end: if cfg!(unix) { End::Signal(9, "SIGKILL") } else { End::ExitCode(1) },
        ..SUCCESS
    },
    Case {
        name: "a command that runs on unobserved",
        command: || roles::command("reads its input and exits with", 3),
        operations: &[Drop],
        end: End::Unseen,
        ..SUCCESS
    },
    Case {
        name: "a command that is not found",
        command: || Command::new("no/such/program"),
        program: Some("program"),
        end: End::NotSpawned("NotFound"),
        ..SUCCESS
    },
    Case {
        name: "a command without a name",
        command: || Command::new(""),
        program: Some(""),
        end: End::NotSpawned(if cfg!(windows) { "InvalidInput" } else { "NotFound" }),
        ..SUCCESS
    },
    Case {
        name: "a command in a directory that does not exist",
        command: || {
            let mut command = roles::command("exits with", 0);
            command.current_dir("no/such/directory");
            command
        },
        end: End::NotSpawned(if cfg!(windows) { "NotADirectory" } else { "NotFound" }),
        ..SUCCESS
    },
    Case {
        name: "a command with a NUL byte",
        command: || roles::command("exits with", "0\0"),
        end: End::NotSpawned("InvalidInput"),
        ..SUCCESS
    },
    Case { name: "a command with a name", with: &[With::Name("a name")], ..SUCCESS },
    Case {
        name: "a command with attributes",
        with: &[With::Attribute("first", "1"), With::Attribute("second", "2")],
        ..SUCCESS
    },
    Case {
        name: "a command with a parent",
        with: &[With::Parent(|| with_numbered_span(7))],
        ..SUCCESS
    },
    Case { name: "a command with no parent", with: &[With::Parent(Context::new)], ..SUCCESS },
    Case {
        name: "a command with arguments",
        command: with_an_argument_that_is_not_unicode,
        with: &[With::Arguments],
        ..SUCCESS
    },
    Case {
        name: "a command with arguments that nobody asked for",
        command: with_an_argument_that_is_not_unicode,
        ..SUCCESS
    },
    Case {
        name: "a command with all options",
        command: with_an_argument_that_is_not_unicode,
        with: &[
            With::NoTraceContext,
            With::Arguments,
            With::Attribute("first", "1"),
            With::Name("a name"),
            With::Parent(|| with_numbered_span(7)),
        ],
        ..SUCCESS
    },
    #[cfg(unix)]
    Case {
        name: "a command that is not executable",
        command: || Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")),
        program: Some("Cargo.toml"),
        end: End::NotSpawned("PermissionDenied"),
        ..SUCCESS
    },
    #[cfg(target_os = "linux")]
    Case {
        name: "a script that does not name its interpreter",
        command: script_without_interpreter,
        program: Some("script"),
        end: End::NotSpawned("_OTHER"),
        ..SUCCESS
    },
    #[cfg(unix)]
    Case {
        name: "a command that SIGTERM ends",
        command: || ended_by("TERM"),
        program: Some("sh"),
        end: End::Signal(15, "SIGTERM"),
        ..SUCCESS
    },
    #[cfg(unix)]
    Case {
        name: "a command that SIGKILL ends",
        command: || ended_by("KILL"),
        program: Some("sh"),
        end: End::Signal(9, "SIGKILL"),
        ..SUCCESS
    },
    #[cfg(target_os = "linux")]
    Case {
        name: "a command that a signal without a name ends",
        command: || ended_by("40"),
        program: Some("sh"),
        end: End::Signal(40, "168"),
        ..SUCCESS
    },
];

fn with_an_argument_that_is_not_unicode() -> Command {
    let mut command = roles::command("exits with", 0);
    command.arg(roles::not_unicode());
    command
}

/// It is executable, but not by the system itself. Several processes may write it at once.
#[cfg(target_os = "linux")]
fn script_without_interpreter() -> Command {
    use std::fs::{Permissions, rename, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;
    const SCRIPT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/script");
    let own = format!("{SCRIPT}.{}", std::process::id());
    write(&own, "true\n").unwrap();
    set_permissions(&own, Permissions::from_mode(0o755)).unwrap();
    rename(own, SCRIPT).unwrap();
    Command::new(SCRIPT)
}

#[cfg(unix)]
fn ended_by(signal: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "kill -$0 $$", signal]);
    command
}

pub(super) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for (c, case) in CASES.iter().enumerate() {
        for (o, operation) in case.operations.iter().enumerate() {
            tests.extend(KINDS.map(|kind| {
                let name = format!("{} is recorded: {kind}, {operation:?}", case.name);
                super::test(name, "records a span", format!("{kind} {c} {o}"))
            }));
        }
    }
    #[cfg(target_os = "linux")]
    tests.push(a_failed_wait());
    tests
}

/// A process that ignores `SIGCHLD` cannot wait for its children: the system forgets them.
#[cfg(target_os = "linux")]
fn a_failed_wait() -> Trial {
    Trial::test("a wait that fails is recorded: std, each operation", || {
        let process = roles::command("cannot wait", "");
        let mut env = Command::new("env");
        env.arg("--ignore-signal=CHLD").arg(process.get_program());
        roles::child_succeeds_silently(env.args(process.get_args()))
    })
}

#[cfg(target_os = "linux")]
pub(super) fn cannot_wait(_: &str) {
    let exporter = export_spans(always_on());
    for operation in [Operation::Status, Output, Wait, WaitWithOutput] {
        exporter.reset();
        let command = roles::command("exits with", 0);
        let run = Std::run(operation, command, [None, None, None], Some(&[]));
        // Not on a runtime of tokio, which no longer ignores the signal.
        let error = futures_lite::future::block_on(run).error.expect("an error");
        let [span] = exporter.get_finished_spans().unwrap().try_into().expect("one span");
        assert_eq!(span.status, Status::error(error), "{operation:?}");
        let has = |key: &str| span.attributes.iter().any(|attribute| attribute.key.as_str() == key);
        assert!(has("error.type") && !has("process.exit.code"), "{operation:?}");
    }
}

pub(super) fn check<K: Kind>(indices: &str) {
    let (c, o) = indices.split_once(' ').unwrap();
    let case = &CASES[c.parse::<usize>().unwrap()];
    let operation = case.operations[o.parse::<usize>().unwrap()];
    let exporter = export_spans(always_on());
    let _current = (ALL.cx)().attach();

    let run = |in_span| {
        block_on(K::run(operation, (case.command)(), piped_where_used(operation), in_span))
    };
    let outcome = run(Some(case.with));
    let [span] = exporter.get_finished_spans().unwrap().try_into().expect("one span");
    assert_span(&span, case, operation, &outcome);

    let without_span = run(None);
    assert_eq!(exporter.get_finished_spans().unwrap().len(), 1);
    assert_eq!(Outcome { pid: without_span.pid, ..outcome }, without_span);
}

/// The child of these must not end too early.
fn piped_where_used(operation: Operation) -> Streams {
    let is_used = matches!(operation, TryWait | Converse | Kill | Drop);
    [is_used.then(Stdio::piped), is_used.then(Stdio::piped), is_used.then(Stdio::null)]
}

fn assert_span(span: &SpanData, case: &Case, operation: Operation, outcome: &Outcome) {
    let program = case.program.map_or_else(this_program, str::to_owned);
    let parent = case.with.iter().find_map(|option| match option {
        With::Parent(parent) => Some(parent()),
        _ => None,
    });
    let parent = parent.unwrap_or_else(ALL.cx);
    let parent = parent.span().span_context().clone();
    let name = case.with.iter().find_map(|option| match option {
        With::Name(name) => Some(*name),
        _ => None,
    });

    assert_eq!(span.name, name.unwrap_or(&program));
    assert_eq!(span.span_kind, SpanKind::Client);
    assert_eq!(span.instrumentation_scope.name(), "opentelemetry-env-carrier");
    assert_eq!(span.instrumentation_scope.version(), Some(version()));
    assert_eq!(span.instrumentation_scope.attributes().count(), 0);
    if parent.is_valid() {
        assert_eq!(span.span_context.trace_id(), parent.trace_id());
    }
    assert_eq!(span.parent_span_id, parent.span_id());
    assert_ne!(span.span_context.span_id(), SpanId::INVALID);
    assert_eq!(span.span_context.trace_state(), parent.trace_state());
    assert_eq!((span.events.len(), span.links.len(), span.dropped_attributes_count), (0, 0, 0));
    assert!(span.start_time <= span.end_time);

    let mut attributes = span.attributes.clone();
    attributes.sort_by(|a, b| a.key.cmp(&b.key));
    let mut expected = case.end.attributes();
    expected.extend(of_program(case, program));
    expected.extend(pid(operation, case, span, outcome));
    expected.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(attributes, expected);
    assert_eq!(span.status, case.end.status(outcome));
}

impl End {
    fn attributes(&self) -> Vec<KeyValue> {
        let exit_code = |code: i32| KeyValue::new("process.exit.code", i64::from(code));
        let error_type = |name: String| KeyValue::new("error.type", name);
        match *self {
            End::ExitCode(code @ 0) | End::Expected(code) => vec![exit_code(code)],
            End::ExitCode(code) => vec![exit_code(code), error_type(code.to_string())],
            End::Signal(number, name) => vec![exit_code(128 + number), error_type(name.to_owned())],
            End::NotSpawned(kind) => vec![error_type(kind.to_owned())],
            End::Unseen => vec![],
        }
    }

    fn status(&self, outcome: &Outcome) -> Status {
        match *self {
            End::ExitCode(0) | End::Expected(_) | End::Unseen => Status::Unset,
            // `error.type` says it already.
            End::ExitCode(_) | End::Signal(..) => Status::error(""),
            End::NotSpawned(_) => Status::error(outcome.error.clone().expect("an error")),
        }
    }
}

fn of_program(case: &Case, program: String) -> Vec<KeyValue> {
    let of_options = case.with.iter().filter_map(|option| match *option {
        With::Attribute(key, value) => Some(KeyValue::new(key, value)),
        With::Arguments => {
            let command = (case.command)();
            let all = [command.get_program()].into_iter().chain(command.get_args());
            let mut all: Vec<StringValue> = all
                .map(|argument| argument.to_str().unwrap_or(REPLACED).to_owned().into())
                .collect();
            assert_eq!(all.pop(), Some(REPLACED.into()));
            all.push(REPLACED.into());
            Some(KeyValue::new("process.command_args", Value::Array(Array::String(all))))
        }
        _ => None,
    });
    let path = (case.command)().get_program().to_owned().into_string().unwrap();
    let path = Path::new(&path).is_absolute().then_some(path);
    let path = path.map(|path| KeyValue::new("process.executable.path", path));
    let replaced = |key: &str| {
        let has_key = |option: &With| matches!(option, With::Attribute(own, _) if *own == key);
        case.with.iter().any(has_key)
    };
    let name = KeyValue::new("process.executable.name", program);
    let ours = [name].into_iter().chain(path).filter(|ours| !replaced(ours.key.as_str()));
    of_options.chain(ours).collect()
}

/// What shows of [`roles::not_unicode`].
const REPLACED: &str = if cfg!(windows) { "S\u{FFFD}" } else { "SECRET\u{FFFD}" };

/// `status` does not return it, though it is recorded; `output` of a command does not know it.
fn pid(operation: Operation, case: &Case, span: &SpanData, outcome: &Outcome) -> Option<KeyValue> {
    if matches!(case.end, End::NotSpawned(_)) || operation == Output {
        return None;
    }
    if operation != Operation::Status {
        return Some(KeyValue::new("process.pid", i64::from(outcome.pid.expect("a child's id"))));
    }
    let pid = span.attributes.iter().find(|attribute| attribute.key.as_str() == "process.pid");
    let pid = pid.expect("process.pid").clone();
    let is_of_another_process = |pid: i64| pid > 0 && pid != i64::from(std::process::id());
    assert!(matches!(pid.value, Value::I64(pid) if is_of_another_process(pid)));
    Some(pid)
}

fn this_program() -> String {
    let path: PathBuf = env::current_exe().unwrap();
    path.file_name().map(OsString::from).unwrap().into_string().unwrap()
}

/// That of the crate, which is not that of its tests.
fn version() -> &'static str {
    let manifest = include_str!("../../../Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = "));
    version.unwrap().trim_matches('"')
}
