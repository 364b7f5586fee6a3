//! A cluster of Slurm, with one node. Its daemons are on the loopback interface, and all that they need is in
//! a temporary folder.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{is_root, is_there, typed};

/// When it is dropped its jobs are cancelled, then its daemons end in this order.
pub(crate) struct Cluster {
    _node: Daemon,
    _controller: Daemon,
    _munge: Daemon,
    pub(crate) folder: TempDir,
}

pub(crate) fn cluster() -> Option<Cluster> {
    if !(is_there("munged") && is_there("slurmctld") && is_there("slurmd") && is_root()) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("slurm.conf"), configuration(path)).unwrap();
    // Otherwise `slurmd` looks for cgroups, and does not start where there are none.
    fs::write(path.join("cgroup.conf"), "CgroupPlugin=cgroup/v1\n").unwrap();
    fs::write(path.join("munge.key"), [7; 64]).unwrap();
    let start = |name: &str, line: &str| {
        Daemon::start(&mut typed_in(path, &format!("exec {line}")), &path.join(name))
    };
    let munge = start(
        "munged.log",
        "munged --foreground --force --key-file=$PWD/munge.key --socket=$PWD/munge.socket \
         --pid-file=$PWD/munged.pid --seed-file=$PWD/munged.seed",
    );
    assert!(becomes_true(|| UnixStream::connect(path.join("munge.socket")).is_ok()));
    let controller = start("slurmctld.log", "slurmctld -D");
    let node = start("slurmd.log", "slurmd -D");
    assert!(becomes_true(|| answers(path, "scontrol ping").is_some()));
    let state = "sinfo --noheader --format=%t";
    assert!(becomes_true(|| answers(path, state).as_deref() == Some("idle\n")));
    Some(Cluster { _node: node, _controller: controller, _munge: munge, folder })
}

/// The daemons listen on the address of this host's name: that of the loopback interface, but in a container.
fn configuration(folder: &Path) -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let host = host.trim();
    let (controller_port, node_port) = (free_port(host), free_port(host));
    let folder = folder.display();
    format!(
        "ClusterName=cluster
        SlurmctldHost={host}
        SlurmctldPort={controller_port}
        SlurmdPort={node_port}
        CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
        AuthType=auth/munge
        # A job that is requeued has to wait that long.
        AuthInfo=socket={folder}/munge.socket,cred_expire=10
        SlurmUser=root
        StateSaveLocation={folder}/state
        SlurmdSpoolDir={folder}/spool
        SlurmctldPidFile={folder}/slurmctld.pid
        SlurmdPidFile={folder}/slurmd.pid
        # These need neither cgroups nor a number of processors.
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        SlurmdParameters=config_overrides
        NodeName=node NodeHostname={host} CPUs=4
        PartitionName=partition Nodes=node Default=YES
        # Two jobs may run at the same time, and begin at once.
        SelectType=select/cons_tres
        SelectTypeParameters=CR_Core
        SchedulerParameters=batch_sched_delay=0,sched_interval=1\n"
    )
}

/// Below the ports that the system gives where any will do, so no other program gets it by
/// chance before the daemon that it is meant for.
fn free_port(host: &str) -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    // Test programs that run at the same time begin at different ones.
    let first = 10_000 + (process::id() % 10_000) as u16;
    loop {
        let port = first + TRIED.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind((host, port)).is_ok() {
            return port;
        }
    }
}

fn typed_in(folder: &Path, line: &str) -> Command {
    let mut shell = typed(line);
    shell.current_dir(folder).env("SLURM_CONF", folder.join("slurm.conf"));
    shell
}

/// What is answered, if the command succeeds.
fn answers(folder: &Path, line: &str) -> Option<String> {
    let output = typed_in(folder, line).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

impl Cluster {
    pub(crate) fn typed(&self, line: &str) -> Command {
        typed_in(self.folder.path(), line)
    }

    /// Waits until all jobs have ended.
    pub(crate) fn has_run_all(&self) -> bool {
        becomes_true(|| answers(self.folder.path(), "squeue --noheader").as_deref() == Some(""))
    }

    /// Waits until a task has started that counts the lines of its input.
    pub(crate) fn counts(&self) -> bool {
        becomes_true(|| self.folder.path().join("count has started").exists())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.typed("scancel --user=root").output();
        self.has_run_all();
    }
}

/// It is ended when this is dropped. If its test has failed, its log is shown.
struct Daemon {
    process: Child,
    log: PathBuf,
}

impl Daemon {
    fn start(command: &mut Command, log: &Path) -> Self {
        let file = File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        Self { process: command.spawn().unwrap(), log: log.to_owned() }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("{}:\n{}", self.log.display(), fs::read_to_string(&self.log).unwrap());
        }
    }
}

/// Asks again and again, for as long as a busy machine may need.
fn becomes_true(mut is_true: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while !is_true() {
        if started.elapsed() > Duration::from_secs(60) {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}
