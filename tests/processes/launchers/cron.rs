//! `cron`, which starts its jobs at the full minute, in an environment of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{Arrived, NotShown, Server, child, line, needs, needs_root, shown};
use crate::fixtures::contexts::ALL;
use opentelemetry_env_carrier::WithTraceContext as _;

/// Runs a daemon that sees a crontab of ours in place of the machine's.
const DAEMON: &str = r#"
    mount -t tmpfs none /var/spool/cron/crontabs &&
    mount -t tmpfs none /etc/cron.d &&
    mount -t tmpfs none /run &&
    printf '%s\n' "* * * * * $JOB" > /var/spool/cron/crontabs/root &&
    chmod 600 /var/spool/cron/crontabs/root &&
    exec cron -f"#;

pub(super) fn launch() -> Arrived {
    needs("cron")?;
    needs("unshare")?;
    needs_root()?;
    let result = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shown-by-cron");
    let _ = fs::remove_file(&result);
    let part = result.with_extension("part");
    let job = format!("{} > {} && mv {1} {}", line(&child()), part.display(), result.display());

    let mut daemon = Command::new("unshare");
    daemon.args(["--mount", "sh", "-c", DAEMON]).env("JOB", job).stderr(Stdio::piped());
    let mut daemon = Server(daemon.with_trace_context_from(&(ALL.cx)()).spawn()?);
    let started = Instant::now();
    while !result.exists() {
        daemon.runs(started)?;
    }
    shown(&fs::read_to_string(result)?).ok_or_else(|| NotShown::Failed("no child".into()))
}
