//! `mpirun` of Open MPI. It starts ranks on other hosts through `ssh`: here on this one, by another name.

use std::process::Command;

use crate::ssh::{self, hosts};
use crate::traces::trace;
use crate::{CHILD, DROPPED, FORWARDED, TASK, is_there, launchers, output};

struct Hosts(ssh::Hosts);

fn hosts_with_mpi() -> Option<Hosts> {
    if is_there("mpirun") { hosts().map(Hosts) } else { None }
}

impl Hosts {
    fn typed(&self, line: &str) -> Command {
        let mut shell = self.0.typed(line);
        // More ranks than processors, and by root, as in a container.
        shell.env("OMPI_MCA_rmaps_base_oversubscribe", "1");
        shell.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
        shell
    }
}

launchers! {
    mpirun_forwards_it_to_ranks_beside_it: hosts_with_mpi(), FORWARDED, "mpirun -n 1 {CHILD}";
    mpirun_drops_it_on_another_host: hosts_with_mpi(), DROPPED, "mpirun --host node {CHILD}";
    mpirun_with_names_forwards_it_to_another_host: hosts_with_mpi(), FORWARDED,
        "mpirun --host node -x TRACEPARENT -x TRACESTATE -x BAGGAGE {CHILD}";
}

#[test]
fn ranks_on_two_hosts_are_in_one_trace() {
    let Some(hosts) = hosts_with_mpi() else { return };
    let line = format!("submit mpirun --host localhost,node -x TRACEPARENT {TASK}");
    output(&mut hosts.typed(&line));
    assert_eq!(
        trace(&hosts.0.folder),
        "\
submit process.exit.code=0
  mpirun process.exit.code=0
    task process.exit.code=0 rank=0
    task process.exit.code=0 rank=1
"
    );
}
