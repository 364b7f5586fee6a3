//! `ssh`, to an `sshd` that is started for each connection, without a port.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::traces::trace;
use crate::{CHILD, DROPPED, FORWARDED, is_there, launchers, output, typed};

const SSH: &str = "/usr/bin/ssh";
const SSHD: &str = "/usr/sbin/sshd";

/// Two names for this host, in a folder with keys and the configuration of both sides. There `ssh` is the script of
/// this package.
pub(crate) struct Hosts {
    pub(crate) folder: TempDir,
}

pub(crate) fn hosts() -> Option<Hosts> {
    if !(is_there(SSH) && is_there(SSHD)) {
        return None;
    }
    // It has to be there if `sshd` is started by root. A service manager would make it.
    let _ = fs::create_dir("/run/sshd");
    let hosts = Hosts { folder: tempfile::tempdir().unwrap() };
    for key in ["host_key", "user_key"] {
        output(&mut hosts.typed(&format!("ssh-keygen -q -t ed25519 -N '' -f {key}")));
    }
    let path = hosts.folder.path().display();
    let of_the_server = format!(
        "HostKey {path}/host_key\n\
         AuthorizedKeysFile {path}/user_key.pub\n\
         StrictModes no\n\
         AcceptEnv TRACEPARENT TRACESTATE BAGGAGE\n"
    );
    let of_the_client = format!(
        "Host server node\n\
         ProxyCommand {SSHD} -i -f {path}/server.conf\n\
         IdentityFile {path}/user_key\n\
         StrictHostKeyChecking no\n\
         UserKnownHostsFile /dev/null\n\
         LogLevel ERROR\n"
    );
    fs::write(hosts.folder.path().join("server.conf"), of_the_server).unwrap();
    fs::write(hosts.folder.path().join("client.conf"), of_the_client).unwrap();
    Some(hosts)
}

impl Hosts {
    pub(crate) fn typed(&self, line: &str) -> Command {
        let mut shell = typed(line);
        shell.current_dir(&self.folder);
        shell
    }
}

launchers! {
    ssh_drops_it: hosts(), DROPPED, r#"ssh server "{CHILD}""#;
    ssh_forwards_by_name_what_the_server_accepts: hosts(), FORWARDED,
        r#"ssh -o SendEnv="TRACEPARENT TRACESTATE BAGGAGE" server "{CHILD}""#;
    ssh_forwards_what_is_in_the_command_line: hosts(), FORWARDED,
        r#"ssh server "TRACEPARENT='$TRACEPARENT' TRACESTATE='$TRACESTATE' BAGGAGE='$BAGGAGE' {CHILD}""#;
}

#[test]
fn that_there_is_no_such_host_is_an_error_of_the_span_around_ssh() {
    let Some(hosts) = hosts() else { return };
    let output = hosts.typed("submit ssh no-such-host.invalid task").output();
    assert_eq!(output.unwrap().status.code(), Some(1));
    assert_eq!(
        trace(&hosts.folder),
        "\
submit error.type=1 process.exit.code=1 Error
  ssh error.type=255 process.exit.code=255 Error
"
    );
}
