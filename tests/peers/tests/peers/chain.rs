//! A chain of processes, each in a language, and what they report.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use libtest_mimic::{Completion, Failed, Trial};
use serde_json::Value;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

pub(crate) const RUST_PEER: &str = "peer";

pub(crate) struct Language {
    pub(crate) name: &'static str,
    pub(crate) command: Vec<String>,
    is_set_up: bool,
}

pub(crate) type Chain = Vec<&'static Language>;

/// Rust first.
pub(crate) fn languages() -> &'static [Language; 5] {
    static LANGUAGES: LazyLock<[Language; 5]> = LazyLock::new(|| {
        let this = env::current_exe().unwrap().to_str().unwrap().to_owned();
        let [go, python] = ["go", "python/bin/python"].map(installed);
        let class_path = format!("{0}:{0}/*", installed("java"));
        // Its name, what starts its peer, and what shows that it is set up.
        let languages: [(_, &[&str], &str); 5] = [
            ("Rust", &[&this, RUST_PEER], &this),
            ("Go", &[&go], &go),
            (
                "Java",
                // For a JVM that is to start quickly.
                &[
                    "java",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-cp",
                    &class_path,
                    "Peer",
                ],
                &installed("java/Peer.class"),
            ),
            ("Python", &[&python, &source("peer.py")], &python),
            ("Node", &["node", &source("peer.cjs")], &installed("node_modules")),
        ];
        languages.map(|(name, command, sign)| Language {
            name,
            command: command.iter().copied().map(str::to_owned).collect(),
            // Under Wine, there is what was set up for the system around it.
            is_set_up: Path::new(sign).exists() && (cfg!(unix) || name == "Rust"),
        })
    });
    &LANGUAGES
}

pub(crate) fn rust() -> &'static Language {
    &languages()[0]
}

fn source(name: &str) -> String {
    format!("{PROJECT}/tests/peers/{name}")
}

/// Where `setup` puts it.
fn installed(name: &str) -> String {
    format!("{PROJECT}/target/peers/{name}")
}

/// A test that runs these languages, ignored if one of them is not set up.
pub(crate) fn trial(
    name: String,
    languages: &[&'static Language],
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let missing = languages.iter().find(|language| !language.is_set_up).copied();
    Trial::ignorable_test(name, move || match missing {
        None => test().map(|()| Completion::Completed),
        Some(Language { name, .. }) => {
            Ok(Completion::ignored_with(format!("{name} is not set up: run tests/peers/setup")))
        }
    })
}

/// What one process reports.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) trace: String,
    pub(crate) span: String,
    pub(crate) parent: String,
    pub(crate) flags: String,
    pub(crate) state: String,
    /// Each entry's value and properties.
    pub(crate) baggage: BTreeMap<String, [String; 2]>,
    pub(crate) received: BTreeMap<String, String>,
}

impl Report {
    fn parse(line: &str) -> Result<Self, Failed> {
        let mut report: BTreeMap<String, Value> = serde_json::from_str(line)?;
        let mut take = |key| report.remove(key).ok_or_else(|| format!("no {key} in {line}"));
        Ok(Self {
            trace: serde_json::from_value(take("trace")?)?,
            span: serde_json::from_value(take("span")?)?,
            parent: serde_json::from_value(take("parent")?)?,
            flags: serde_json::from_value(take("flags")?)?,
            state: serde_json::from_value(take("state")?)?,
            baggage: serde_json::from_value(take("baggage")?)?,
            received: serde_json::from_value(take("received")?)?,
        })
    }
}

/// Runs a chain in an environment of these variables, and returns a report per process.
pub(crate) fn run(
    chain: &[&Language],
    variables: &[(&str, impl AsRef<OsStr>)],
) -> Result<Vec<Report>, Failed> {
    let words: Vec<&String> = chain.iter().flat_map(|language| &language.command).collect();
    let mut command = command(&words);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let output = command.output()?;
    let reports = String::from_utf8(output.stdout)?;
    let reports = reports.lines().map(Report::parse).collect::<Result<Vec<_>, _>>()?;
    if !output.status.success() || reports.len() != chain.len() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(reports)
}

/// A command in an environment that has only what the peers themselves need.
pub(crate) fn command(words: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env_clear();
    command.envs(["PATH", "HOME"].iter().filter_map(|name| Some((name, env::var_os(name)?))));
    command.env("NODE_PATH", installed("node_modules"));
    // Java takes the encoding of its arguments from it.
    command.env("LC_ALL", "C.UTF-8");
    command.env("PEER_WATCHES", "TRACEPARENT TRACESTATE BAGGAGE");
    command
}
