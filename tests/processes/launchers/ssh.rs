//! `ssh`, to a server on loopback with keys of its own.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use opentelemetry_env_carrier::WithTraceContext as _;

use super::{Arrived, NAMES, NotShown, Server, child, line, needs};
use crate::fixtures::contexts::ALL;

/// What the two sides know of the variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Setting {
    Default,
    Sent,
    SentAndAccepted,
    Prefixed,
}

pub(super) fn launch(setting: Setting) -> Arrived {
    needs("ssh")?;
    needs("ssh-keygen")?;
    let server = Sshd::start(setting)?;
    let mut client = Command::new("ssh");
    client.args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"]);
    client.args(["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]);
    client.arg("-i").arg(&server.key).args(["-p", &server.port.to_string()]);
    if matches!(setting, Setting::Sent | Setting::SentAndAccepted) {
        client.args(["-o", &format!("SendEnv={}", NAMES.replace(',', " "))]);
    }
    client.arg("127.0.0.1");
    if setting == Setting::Prefixed {
        let mut variables = Vec::new();
        variables.with_trace_context_from(&(ALL.cx)());
        let prefix = |(name, value): &(String, String)| format!("{name}='{value}'");
        client.args(variables.iter().map(prefix));
    }
    super::launch(client.arg(line(&child())))
}

struct Sshd {
    _process: Server,
    port: u16,
    key: String,
}

impl Sshd {
    fn start(setting: Setting) -> Result<Self, NotShown> {
        let program = Path::new("/usr/sbin/sshd");
        if !program.exists() {
            return Err(NotShown::Skipped("there is no sshd on this machine".to_owned()));
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ssh-{setting:?}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let path = |name: &str| folder.join(name).display().to_string();
        for key in ["host", "client"] {
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f", &path(key)]).status()?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let accepted = match setting {
            Setting::SentAndAccepted => format!("AcceptEnv {}", NAMES.replace(',', " ")),
            _ => String::new(),
        };
        let configuration = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\n\
             StrictModes no\nPidFile none\n{accepted}\n",
            path("host"),
            path("client.pub"),
        );
        fs::write(path("configuration"), configuration)?;
        let mut server = Command::new(program);
        server.args(["-D", "-e", "-f", &path("configuration")]).stderr(Stdio::piped());
        let mut process = Server(server.spawn()?);
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            process.runs(started)?;
        }
        Ok(Self { _process: process, port, key: path("client") })
    }
}
