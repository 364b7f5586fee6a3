//! Shells, build tools, and programs that run another.

use std::fs;

use opentelemetry_env_carrier::WithTraceContext as _;

use crate::contexts::{ALL, TRACE_ID};
use crate::{CHILD, FORWARDED, assert_arrives, here, launchers, output, typed};

const PYTHON: &str = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))";
const NODE: &str = "require('child_process').spawnSync(process.argv[1], process.argv.slice(2), { stdio: 'inherit' })";

launchers! {
    sh_forwards_it: here("sh"), FORWARDED, r#"sh -c "{CHILD}""#;
    a_login_shell_forwards_it: here("bash"), FORWARDED, r#"bash -lc "{CHILD}""#;
    make_forwards_it: here("make"), FORWARDED,
        r#"make --silent --file=/dev/null --eval="all: ; @{CHILD}""#;
    xargs_forwards_it: here("xargs"), FORWARDED, "echo 1 | xargs -P 2 -n 1 {CHILD}";
    nohup_forwards_it: here("nohup"), FORWARDED, "nohup {CHILD}";
    timeout_forwards_it: here("timeout"), FORWARDED, "timeout 60 {CHILD}";
    nice_forwards_it: here("nice"), FORWARDED, "nice {CHILD}";
    setsid_forwards_it: here("setsid"), FORWARDED, "setsid --wait {CHILD}";
    python_forwards_it: here("python3"), FORWARDED, r#"python3 -c "{PYTHON}" {CHILD}"#;
    node_forwards_it: here("node"), FORWARDED, r#"node -e "{NODE}" {CHILD}"#;
}

/// By the guide's program that submits jobs.
#[test]
fn what_is_submitted_receives_no_baggage() {
    let folder = tempfile::tempdir().unwrap();
    let mut submit = typed(&format!("submit {CHILD}"));
    submit.current_dir(&folder).with_trace_context_from(&(ALL.cx)());
    let shown = output(&mut submit);
    assert!(shown.contains(TRACE_ID) && !shown.contains("BAGGAGE"), "{shown}");
}

/// A package of its own, so that nothing of this one is built again.
#[test]
fn cargo_run_forwards_it() {
    let folder = tempfile::tempdir().unwrap();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/show_context.rs");
    let manifest = format!(
        "[package]\nname = \"child\"\nedition = \"2024\"\n[workspace]\n\
         [[bin]]\nname = \"child\"\npath = {program:?}\n"
    );
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    assert_arrives(FORWARDED, typed("cargo run --quiet").current_dir(&folder));
}
