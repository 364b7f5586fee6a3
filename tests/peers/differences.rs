//! Where the languages differ. What each does is pinned here, and told in the guide to languages.

use std::collections::BTreeMap;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use opentelemetry_env_carrier::normalize;

use crate::chain::{Peer, run, texts, trial};

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    for peer in Peer::ALL {
        let chain = [peer, Peer::Rust];
        tests.extend([
            trial(format!("{peer:?} reads and writes baggage in its own way"), &chain, move || {
                baggage_of(peer)
            }),
            trial(format!("{peer:?} keeps what is stale, or removes it"), &chain, move || {
                forgets(peer)
            }),
            trial(format!("{peer:?} has limits of its own"), &chain, move || limits_of(peer)),
            trial(format!("{peer:?} has its names for odd keys"), &[peer], move || names_of(peer)),
        ]);
    }
    tests
}

/// A member of baggage as it is received; its value as it is read in Rust, Python and JavaScript
/// (or that it is passed over); and what each of them writes for its child.
type Member = (&'static str, [Option<&'static str>; 3], [Option<&'static str>; 3]);

const MEMBERS: &[Member] = &[
    ("space=a%20b", same("a b"), [Some("a%20b"), Some("a+b"), Some("a%20b")]),
    (
        "plus=a+b",
        [Some("a+b"), Some("a b"), Some("a+b")],
        [Some("a+b"), Some("a+b"), Some("a%2Bb")],
    ),
    ("comma=a%2Cb", same("a,b"), same("a%2Cb")),
    ("percent=100%25", same("100%"), [Some("100%"), Some("100%25"), Some("100%25")]),
    ("escape=%2541", same("%41"), [Some("%41"), Some("%2541"), Some("%2541")]),
    (
        "equals=a=b",
        [Some("a"), Some("a=b"), Some("a=b")],
        [Some("a"), Some("a%3Db"), Some("a%3Db")],
    ),
    ("unicode=%C3%BC", same("ü"), same("%C3%BC")),
    ("malformed=%ZZ", [Some("%ZZ"), Some("%ZZ"), None], [Some("%ZZ"), Some("%25ZZ"), None]),
    (
        "property=v;p=x",
        [Some("v;p=x"), Some("v;p=x"), Some("v")],
        [Some("v;p=x"), Some("v%3Bp%3Dx"), Some("v;p=x")],
    ),
    ("empty=", [Some(""), Some(""), None], [Some(""), Some(""), None]),
];

const fn same(text: &'static str) -> [Option<&'static str>; 3] {
    [Some(text); 3]
}

fn baggage_of(peer: Peer) -> Result<(), Failed> {
    let header: Vec<&str> = MEMBERS.iter().map(|(member, _, _)| *member).collect();
    let reports = run(&[peer, Peer::Rust], &[("BAGGAGE", &header.join(","))])?;
    let pinned = |column: fn(&Member) -> [Option<&'static str>; 3]| -> BTreeMap<String, String> {
        let values = MEMBERS.iter().filter_map(|member| {
            let key = member.0.split('=').next()?;
            Some((key.to_owned(), column(member)[peer as usize]?.to_owned()))
        });
        values.collect()
    };
    assert_eq!(texts(&reports[0], "baggage"), pinned(|(_, reads, _)| *reads), "what it reads");

    let written = texts(&reports[1], "received").remove("BAGGAGE").unwrap_or_default();
    let written = written.split(',').filter_map(|member| member.split_once('='));
    let written = written.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(
        written.collect::<BTreeMap<_, _>>(),
        pinned(|(_, _, writes)| *writes),
        "what it writes"
    );
    Ok(())
}

/// A process that starts a trace of its own, without baggage, in the environment of another.
fn forgets(peer: Peer) -> Result<(), Failed> {
    let stale = [("PEER_FORGETS", "1"), ("TRACESTATE", "stale=1"), ("BAGGAGE", "stale=1")];
    let reports = run(&[peer, Peer::Rust], &stale)?;
    let received: Vec<String> = texts(&reports[1], "received").into_keys().collect();
    match peer {
        Peer::Rust => assert_eq!(received, ["TRACEPARENT"]),
        _ => assert_eq!(received, ["BAGGAGE", "TRACEPARENT", "TRACESTATE"]),
    }
    Ok(())
}

/// W3C has limits for the lists: a tracestate of 32 members, which is to be handed on up to 512
/// characters at least; baggage of 64 members and 8,192 bytes.
fn limits_of(peer: Peer) -> Result<(), Failed> {
    let list = |length: usize, value: &str| -> String {
        (0..length).map(|n| format!("k{n}={value}")).collect::<Vec<_>>().join(",")
    };
    let read = |variable: &str, list: &str| -> Result<usize, Failed> {
        let span = ("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let report = run(&[peer], &[span, (variable, list)])?.remove(0);
        let state = report["state"].as_str().unwrap_or_default();
        Ok(state.split_terminator(',').count() + texts(&report, "baggage").len())
    };
    let long_baggage = format!("{},long={}", list(63, "v"), "v".repeat(8_000));
    let members_read = [
        read("TRACESTATE", &list(33, "v"))?,
        read("TRACESTATE", &list(32, &"v".repeat(16)))?,
        read("BAGGAGE", &list(65, "v"))?,
        read("BAGGAGE", &long_baggage)?,
    ];
    let pinned = match peer {
        Peer::Rust => [32, 32, 64, 0],
        Peer::Python => [0, 32, 65, 0],
        Peer::Node => [32, 24, 65, 63],
    };
    assert_eq!(members_read, pinned);
    Ok(())
}

fn names_of(peer: Peer) -> Result<(), Failed> {
    let keys = ["", "traceparent", "x-b3-traceid", "3d", "é", "e\u{301}", "🧳", "İ", "ß", "ﬃ", "٣"];
    let [program, argument] = peer.command();
    let mut command = Command::new(program);
    command.args([&argument, "--names"]).args(keys);
    command.env("NODE_PATH", concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/node_modules"));
    let output = String::from_utf8(command.output()?.stdout)?;
    for (key, name) in keys.iter().zip(output.lines()) {
        match (peer, *key) {
            // One underscore for each of the two UTF-16 units.
            (Peer::Node, "🧳") => assert_eq!(name, "__"),
            _ => assert_eq!(name, normalize(key), "{key:?}"),
        }
    }
    assert_eq!(output.lines().count(), keys.len());
    Ok(())
}
