//! A chain of processes, each in a language, and what they report.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use serde::Deserialize;

use crate::programs::is_there;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

pub(crate) struct Language {
    pub(crate) name: &'static str,
    command: Vec<String>,
}

/// The languages that are set up, Rust first.
pub(crate) fn languages() -> Vec<Language> {
    let rust = env!("CARGO_BIN_EXE_peer");
    let [go, python] = ["go", "python/bin/python"].map(installed);
    let class_path = format!("{0}:{0}/*", installed("java"));
    #[rustfmt::skip]
    let java = [
        "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", // to start quickly
        "-cp", &class_path, "Peer",
    ];
    let [python_peer, node_peer] = ["peer.py", "peer.cjs"].map(source);
    // What starts the peer, and what shows that it is set up.
    let languages: [(_, &[&str], &str); 5] = [
        ("Rust", &[rust], rust),
        ("Go", &[&go], &go),
        ("Java", &java, &installed("java/Peer.class")),
        ("Python", &[&python, &python_peer], &python),
        ("Node", &["node", &node_peer], &installed("node_modules/.package-lock.json")),
    ];
    languages
        .into_iter()
        .filter(|(_, _, sign)| is_there(sign))
        .map(|(name, command, _)| Language {
            name,
            command: command.iter().copied().map(str::to_owned).collect(),
        })
        .collect()
}

fn source(name: &str) -> String {
    format!("{PROJECT}/tests/peers/{name}")
}

/// Where `setup` puts it.
fn installed(name: &str) -> String {
    format!("{PROJECT}/target/peers/{name}")
}

/// A closed walk on which each language is once directly behind each language, itself included: of three,
/// `0 01 02 1 12 2 0`.
pub(crate) fn walk(languages: &[Language]) -> Vec<&Language> {
    let mut walk = Vec::new();
    for (index, language) in languages.iter().enumerate() {
        walk.push(language);
        for later in &languages[index + 1..] {
            walk.extend([language, later]);
        }
    }
    walk.push(&languages[0]);
    walk
}

/// What one process reports.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    #[serde(skip)]
    #[allow(dead_code, reason = "shown where a test fails")]
    chain_so_far: Vec<&'static str>,
    pub(crate) trace: String,
    pub(crate) span: String,
    pub(crate) parent: String,
    pub(crate) flags: String,
    pub(crate) state: String,
    /// Each entry's value and properties.
    pub(crate) baggage: BTreeMap<String, [String; 2]>,
}

/// Runs a chain in an environment of these variables and of what the peers themselves need, and returns a
/// report per process.
pub(crate) fn run(chain: &[&Language], variables: &[(&str, &str)]) -> Vec<Report> {
    let words: Vec<&String> = chain.iter().flat_map(|language| &language.command).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env_clear();
    command.envs(["PATH", "HOME"].iter().filter_map(|name| Some((name, env::var_os(name)?))));
    command.env("NODE_PATH", installed("node_modules"));
    // Java takes the encoding of its arguments from it.
    command.env("LC_ALL", "C.UTF-8");
    let output = command.envs(variables.iter().copied()).output().unwrap();

    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stdout}{stderr}", output.status);
    assert_eq!(stdout.lines().count(), chain.len(), "{stdout}{stderr}");
    stdout
        .lines()
        .enumerate()
        .map(|(number, line)| Report {
            chain_so_far: chain[..=number].iter().map(|language| language.name).collect(),
            ..serde_json::from_str(line).unwrap()
        })
        .collect()
}
