//! A chain of peers is one trace, whatever their order.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, iter};

use libtest_mimic::{Completion, Failed, Trial};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Peer {
    Rust,
    Python,
    Node,
}

pub(crate) const RUST_PEER: &str = "peer";

impl Peer {
    pub(crate) const ALL: [Self; 3] = [Self::Rust, Self::Python, Self::Node];

    pub(crate) fn command(self) -> [String; 2] {
        let python = format!("{INSTALLED}/python/bin/python");
        match self {
            Self::Rust => {
                let this = env::current_exe().unwrap();
                [this.to_str().unwrap().to_owned(), RUST_PEER.to_owned()]
            }
            Self::Python => [python, format!("{HERE}/peer.py")],
            Self::Node => ["node".to_owned(), format!("{HERE}/peer.cjs")],
        }
    }

    fn is_installed(self) -> bool {
        let by_setup = |name: &str| cfg!(unix) && Path::new(INSTALLED).join(name).exists();
        match self {
            Self::Rust => true,
            Self::Python => by_setup("python"),
            Self::Node => by_setup("node_modules"),
        }
    }
}

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers");
const INSTALLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers");

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for chain in chains() {
        for (flags, decision) in [("01", "sampled"), ("00", "not sampled")] {
            let name = format!("{}: one trace that is {decision}", named(&chain));
            let peers = chain.clone();
            tests.push(trial(name, &chain, move || one_trace(&peers, flags)));
        }
    }
    for (first, second) in pairs() {
        for format in ["b3", "b3multi"] {
            let chain = [first, second];
            let name = format!("{}: one trace with {format}", named(&chain));
            tests.push(trial(name, &chain, move || one_trace_of_b3(&chain, format)));
        }
    }
    tests
}

/// A test of these peers, which is left out where one of them is not installed.
pub(crate) fn trial(
    name: String,
    peers: &[Peer],
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let missing = peers.iter().find(|peer| !peer.is_installed()).copied();
    Trial::ignorable_test(name, move || match missing {
        None => test().map(|()| Completion::Completed),
        Some(peer) => {
            let reason = format!("{peer:?} is not set up: run tests/peers/setup");
            Ok(Completion::ignored_with(reason))
        }
    })
}

/// What the peers of a chain report, each in its turn.
pub(crate) fn run(chain: &[Peer], variables: &[(&str, &str)]) -> Result<Vec<Report>, Failed> {
    let mut words = chain.iter().flat_map(|peer| peer.command());
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).env_clear();
    command.envs(["PATH", "HOME"].iter().filter_map(|name| Some((name, env::var_os(name)?))));
    command.env("NODE_PATH", format!("{INSTALLED}/node_modules"));
    command.env("PEER_WATCHES", "TRACEPARENT TRACESTATE BAGGAGE");
    let output = command.envs(variables.iter().copied()).output()?;
    let reports = String::from_utf8(output.stdout)?;
    let reports: Vec<Report> =
        reports.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if !output.status.success() || reports.len() != chain.len() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(reports)
}

pub(crate) type Report = BTreeMap<String, Value>;

/// A report's map of texts: `baggage`, or what was `received`.
pub(crate) fn texts(report: &Report, key: &str) -> BTreeMap<String, String> {
    serde_json::from_value(report[key].clone()).unwrap()
}

pub(crate) fn named(chain: &[Peer]) -> String {
    let names: Vec<String> = chain.iter().map(|peer| format!("{peer:?}")).collect();
    names.join(" starts ")
}

fn pairs() -> impl Iterator<Item = (Peer, Peer)> {
    Peer::ALL.into_iter().flat_map(|first| Peer::ALL.map(|second| (first, second)))
}

/// All pairs, all orders of three, and there and back.
fn chains() -> Vec<Vec<Peer>> {
    let mut chains: Vec<Vec<Peer>> = pairs().map(|(first, second)| vec![first, second]).collect();
    for (first, second) in pairs().filter(|(first, second)| first != second) {
        let rest = Peer::ALL.into_iter().filter(|peer| ![first, second].contains(peer));
        chains.push([first, second].into_iter().chain(rest).collect());
    }
    chains.push(vec![Peer::Rust, Peer::Python, Peer::Node, Peer::Rust]);
    chains
}

fn one_trace(chain: &[Peer], flags: &str) -> Result<(), Failed> {
    let state: Vec<String> = (0..32).map(|n| format!("key{n}=value{n}")).collect();
    let state = state.join(",");
    // All that W3C allows: 64 members in 8,192 bytes. The first three are of the kind that has to be
    // escaped, in ways that all agree on.
    let mut baggage =
        vec!["comma=a%2Cb".to_owned(), "unicode=%C3%BC".to_owned(), "quote=%22".to_owned()];
    baggage.extend((3..63).map(|n| format!("key{n:02}={}", "v".repeat(120))));
    let so_far = baggage.join(",").len() + ",filler=".len();
    baggage.push(format!("filler={}", "v".repeat(8_192 - so_far)));
    let mut read: BTreeMap<_, _> =
        baggage.iter().filter_map(|member| member.split_once('=')).collect();
    read.extend([("comma", "a,b"), ("unicode", "ü"), ("quote", "\"")]);
    let read = read.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();

    let traceparent = format!("00-{TRACE}-{SPAN}-{flags}");
    let baggage = baggage.join(",");
    assert_eq!(baggage.len(), 8_192);
    let variables =
        [("TRACEPARENT", &*traceparent), ("TRACESTATE", &*state), ("BAGGAGE", &*baggage)];
    let reports = run(chain, &variables)?;
    is_one_trace(&reports, flags == "01");
    for report in reports {
        assert_eq!(report["state"], state);
        assert_eq!(texts(&report, "baggage"), read);
        assert_eq!(texts(&report, "received")["BAGGAGE"].len(), baggage.len());
    }
    Ok(())
}

fn one_trace_of_b3(chain: &[Peer], format: &str) -> Result<(), Failed> {
    let single = format!("{TRACE}-{SPAN}-1");
    let variables = match format {
        "b3" => vec![("B3", &*single)],
        _ => vec![("X_B3_TRACEID", TRACE), ("X_B3_SPANID", SPAN), ("X_B3_SAMPLED", "1")],
    };
    let propagators = iter::once(("OTEL_PROPAGATORS", format));
    is_one_trace(&run(chain, &propagators.chain(variables).collect::<Vec<_>>())?, true);
    Ok(())
}

/// Each span is in the trace, under the span of the process before.
fn is_one_trace(reports: &[Report], sampled: bool) {
    let mut parent = Value::from(SPAN);
    for report in reports {
        assert_eq!(report["trace"], TRACE, "{report:#?}");
        assert_eq!(report["parent"], parent, "{report:#?}");
        assert_eq!(report["sampled"], sampled, "{report:#?}");
        parent = report["span"].clone();
    }
}
