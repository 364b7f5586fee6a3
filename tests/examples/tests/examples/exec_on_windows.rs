//! Any command, put into the trace: what there is to test without a Unix shell.

use crate::collector::Collector;
use crate::example;
use crate::spans::{attributes, named, received};

#[test]
fn the_exit_code_is_that_of_the_command() {
    for code in [0, 3, 127, 259] {
        let mut command = example("exec", &[]);
        let status = command.args(["cmd", "/C", &format!("exit {code}")]).status().unwrap();
        assert_eq!(status.code(), Some(code));
    }
    let status = example("exec", &[]).arg("no-such-command").status().unwrap();
    assert_eq!(status.code(), Some(127));
}

#[test]
fn the_span_is_exported() {
    let collector = Collector::start().unwrap();
    let mut command = example("exec", &[]);
    command.args(["cmd", "/C", "exit 3"]).envs(collector.variables()).status().unwrap();
    let spans = received(&collector);
    let attributes = attributes(named(&spans, "cmd"));
    assert!(attributes.contains(&"process.exit.code=3".to_owned()), "{attributes:?}");
    assert!(attributes.contains(&"error.type=3".to_owned()), "{attributes:?}");
}
