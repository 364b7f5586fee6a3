//! `tmux`: a server that keeps the environment that it was started in.

use std::process::Command;

use tempfile::TempDir;

use crate::contexts::STALE;
use crate::{CHILD, FORWARDED, is_there, launchers, output, typed};

/// It ends with its last window, or when this is dropped.
struct Server {
    folder: TempDir,
}

fn server_started_in_a_trace() -> Option<Server> {
    if !is_there("tmux") {
        return None;
    }
    let server = Server { folder: tempfile::tempdir().unwrap() };
    let mut start = server.typed("tmux new-session -d 'sleep 60'");
    output(start.envs(STALE.iter().copied()));
    Some(server)
}

impl Server {
    fn typed(&self, line: &str) -> Command {
        let mut shell = typed(line);
        shell.current_dir(&self.folder).env("TMUX_TMPDIR", self.folder.path());
        // The configuration of the user who runs the tests does not count.
        shell.env("HOME", self.folder.path());
        shell
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.typed("tmux kill-server").output();
    }
}

launchers! {
    a_window_of_tmux_is_in_the_trace_of_the_server: server_started_in_a_trace(), STALE,
        r#"tmux new-window "{CHILD} > shown; tmux wait-for -S shown" &&
            tmux wait-for shown && cat shown"#;
    a_window_of_tmux_with_assignments_is_in_its_own: server_started_in_a_trace(), FORWARDED,
        r#"tmux new-window -e "TRACEPARENT=$TRACEPARENT" -e "TRACESTATE=$TRACESTATE" \
            -e "BAGGAGE=$BAGGAGE" "{CHILD} > shown; tmux wait-for -S shown" &&
            tmux wait-for shown && cat shown"#;
}
