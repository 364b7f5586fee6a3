//! What is between a parent and its child, and whether it forwards the context. The guide to launchers
//! has a row for each launcher.

mod cargo_run;

use std::collections::BTreeSet;
use std::env;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use libtest_mimic::{Completion, Failed, Trial};
use nix::unistd::geteuid;
use opentelemetry_env_carrier::WithTraceContext as _;

use crate::fixtures::contexts::ALL;
use crate::fixtures::roles::{self, Role, Test};

pub(crate) const ROLES: &[Role] = &[("child behind a launcher", |_| show_context())];

/// Whether the context gets through.
#[derive(Clone, Copy)]
enum Outcome {
    Forwarded,
    Dropped,
}
use Outcome::{Dropped, Forwarded};

/// A launcher (its first word is the program that has to be there), what is typed for it, and what
/// becomes of the context. `{arguments}` stands for the child's program and its arguments, `{line}`
/// for the same as a line for a shell.
type Row = (&'static str, &'static [&'static str], Outcome);

const NAMES: &str = "TRACEPARENT,TRACESTATE,BAGGAGE";
const ASSIGNMENTS: &str =
    r#"TRACEPARENT="$TRACEPARENT" TRACESTATE="$TRACESTATE" BAGGAGE="$BAGGAGE""#;
const PYTHON: &str = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))";
const NODE: &str = "const [program, ...rest] = process.argv.slice(1);
    require('child_process').spawnSync(program, rest, { stdio: 'inherit' });";

const ROWS: &[Row] = &[
    ("sh -c", &["sh", "-c", "{line}"], Forwarded),
    ("bash -lc", &["bash", "-lc", "{line}"], Forwarded),
    ("make", &["make", "--silent", "--file=/dev/null", "--eval=all: ; @{line}"], Forwarded),
    ("xargs -P", &["xargs", "-P", "2", "-n", "1", "{arguments}"], Forwarded),
    ("nohup", &["nohup", "{arguments}"], Forwarded),
    ("timeout", &["timeout", "60", "{arguments}"], Forwarded),
    ("nice", &["nice", "{arguments}"], Forwarded),
    ("setsid", &["setsid", "--wait", "{arguments}"], Forwarded),
    ("python3 subprocess", &["python3", "-c", PYTHON, "{arguments}"], Forwarded),
    ("node child_process", &["node", "-e", NODE, "{arguments}"], Forwarded),
    ("env -i", &["env", "-i", "{arguments}"], Dropped),
    ("env -i NAME=value", &["sh", "-c", "env -i {assignments} {line}"], Forwarded),
    ("sudo", &["sudo", "-n", "{arguments}"], Dropped),
    (
        "sudo --preserve-env=names",
        &["sudo", "-n", "--preserve-env={names}", "{arguments}"],
        Forwarded,
    ),
    ("sudo NAME=value", &["sh", "-c", "sudo -n {assignments} {line}"], Forwarded),
    ("su -c", &["su", "-c", "{line}"], Forwarded),
    ("su - -c", &["su", "-", "-c", "{line}"], Dropped),
    ("su - -w names -c", &["su", "-", "-w", "{names}", "-c", "{line}"], Forwarded),
];

pub(crate) fn tests() -> Vec<Test> {
    let mut tests = vec![
        trial("a command", Forwarded, || launch(&mut child())),
        trial("a command cleared before the context is injected", Forwarded, || {
            arrived(child().env_clear().with_trace_context_from(&(ALL.cx)()))
        }),
        trial("a command cleared after the context was injected", Dropped, || {
            arrived(child().with_trace_context_from(&(ALL.cx)()).env_clear())
        }),
        trial("cargo run", Forwarded, cargo_run::launch),
    ];
    for &(launcher, typed, outcome) in ROWS {
        let program = launcher.split(' ').next().unwrap_or_default();
        tests.push(trial(launcher, outcome, move || {
            needs(program)?;
            if ["su", "sudo"].contains(&program) {
                needs_root()?;
            }
            launch(&mut command(typed))
        }));
    }
    tests
}

/// What of the context arrived at the child, a variable a line; or why that is not known.
type Arrived = Result<BTreeSet<String>, NotShown>;

enum NotShown {
    /// Not on this machine.
    Skipped(String),
    Failed(Failed),
}

impl From<io::Error> for NotShown {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}

fn trial(
    launcher: &str,
    outcome: Outcome,
    launch: impl FnOnce() -> Arrived + Send + 'static,
) -> Test {
    let (verb, expected) = match outcome {
        Forwarded => ("forwards", ALL.written),
        Dropped => ("drops", &[][..]),
    };
    Trial::ignorable_test(format!("{launcher} {verb} the context"), move || {
        let expected = expected.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match launch() {
            Ok(arrived) if arrived == expected => Ok(Completion::Completed),
            Ok(arrived) => Err(format!("what arrived: {arrived:#?}").into()),
            Err(NotShown::Skipped(reason)) => Ok(Completion::ignored_with(reason)),
            Err(NotShown::Failed(failed)) => Err(failed),
        }
    })
    .into()
}

/// Injects the context for a launcher, in a usual environment, and shows what arrived.
fn launch(launcher: &mut Command) -> Arrived {
    let usual = ["PATH", "HOME", "USER", "CARGO_HOME", "RUSTUP_HOME"];
    let usual = usual.iter().filter_map(|name| Some((name, env::var_os(name)?)));
    arrived(launcher.env_clear().envs(usual).with_trace_context_from(&(ALL.cx)()))
}

fn arrived(launcher: &mut Command) -> Arrived {
    launcher.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = launcher.spawn()?;
    // Two lines for `xargs`; nobody else reads them.
    let _ = process.stdin.take().map(|mut stdin| stdin.write_all(b"1\n2\n"));
    let output = process.wait_with_output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    shown(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
        NotShown::Failed(format!("{launcher:?}: {}\n{stderr}", output.status).into())
    })
}

/// What the child showed; nothing if it did not run.
fn shown(output: &str) -> Option<BTreeSet<String>> {
    let mut lines: BTreeSet<String> = output.lines().map(str::to_owned).collect();
    lines.remove(CHILD_RAN).then_some(lines)
}

const CHILD_RAN: &str = "the child ran";

fn show_context() {
    println!("{CHILD_RAN}");
    for (name, _) in ALL.written {
        if let Ok(value) = env::var(name) {
            println!("{name}={value}");
        }
    }
}

fn child() -> Command {
    roles::command("child behind a launcher", "")
}

fn command(typed: &[&str]) -> Command {
    let child = child();
    let arguments: Vec<&str> = [child.get_program()]
        .into_iter()
        .chain(child.get_args())
        .filter_map(|part| part.to_str())
        .collect();
    let line = line(&child);
    let mut words = typed.iter().flat_map(|word| match *word {
        "{arguments}" => arguments.iter().map(|&part| part.to_owned()).collect(),
        word => vec![
            word.replace("{line}", &line)
                .replace("{names}", NAMES)
                .replace("{assignments}", ASSIGNMENTS),
        ],
    });
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// The command as a line for a shell.
fn line(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    words.join(" ")
}

fn needs(program: &str) -> Result<(), NotShown> {
    let paths = env::var_os("PATH").unwrap_or_default();
    if env::split_paths(&paths).any(|path| path.join(program).is_file()) {
        return Ok(());
    }
    Err(NotShown::Skipped(format!("there is no {program} on this machine")))
}

fn needs_root() -> Result<(), NotShown> {
    if geteuid().is_root() {
        return Ok(());
    }
    Err(NotShown::Skipped("it takes root".to_owned()))
}
