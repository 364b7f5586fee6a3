//! What is started elsewhere is in the span around the program that starts it, not beside it: with the code of
//! the guide's page on builders.

use std::process::Command;

use tempfile::TempDir;

use crate::ssh::hosts;
use crate::traces::trace;
use crate::{TASK, here_as_root, output, typed};

#[test]
fn by_name_a_task_is_in_the_span_around_ssh() {
    let Some(hosts) = hosts() else { return };
    let line = format!(r#"remote ssh "env -C '$PWD' {TASK}""#);
    assert_is_in_the_span("ssh", &mut hosts.typed(&line), &hosts.folder);
}

#[test]
fn with_values_a_task_is_in_the_span_around_ssh() {
    let Some(hosts) = hosts() else { return };
    let line = format!(r#"remote ssh-with-values "env -C '$PWD' {TASK}""#);
    assert_is_in_the_span("ssh", &mut hosts.typed(&line), &hosts.folder);
}

#[test]
fn by_name_a_task_is_in_the_span_around_sudo() {
    if here_as_root("sudo").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = typed(&format!("remote sudo {TASK}"));
    assert_is_in_the_span("sudo", command.current_dir(&folder), &folder);
}

#[test]
fn by_name_a_task_is_in_the_span_around_docker() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = typed("remote docker task");
    assert_is_in_the_span("docker", command.current_dir(&folder), &folder);
}

#[track_caller]
fn assert_is_in_the_span(program: &str, typed: &mut Command, folder: &TempDir) {
    output(typed);
    let expected = format!(
        "\
remote process.exit.code=0
  {program} process.exit.code=0
    task process.exit.code=0
"
    );
    assert_eq!(trace(folder), expected);
}
