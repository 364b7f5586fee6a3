//! Slurm: `srun` and `sbatch`, and traces through them.

use std::fs;
use std::process::Stdio;

use opentelemetry_env_carrier::WithTraceContext as _;

use crate::cluster::cluster;
use crate::contexts::{ALL, TRACEPARENT, Variables};
use crate::traces::trace;
use crate::{CHILD, DROPPED, FORWARDED, launchers, output, shown_by_child};

launchers! {
    srun_forwards_it: cluster(), FORWARDED, "srun {CHILD}";
    srun_without_the_environment_drops_it: cluster(), DROPPED, "srun --export=NONE {CHILD}";
    srun_with_names_forwards_it: cluster(), FORWARDED,
        "srun --export=PATH,TRACEPARENT,TRACESTATE,BAGGAGE {CHILD}";
}

/// What arrives in the job that is submitted by what is typed.
#[track_caller]
fn assert_arrives_in_job(expected: Variables, line: &str) {
    let Some(cluster) = cluster() else { return };
    output(cluster.typed(line).with_trace_context_from(&(ALL.cx)()));
    assert!(cluster.has_run_all());
    let shown = fs::read_to_string(cluster.folder.path().join("slurm-1.out")).unwrap();
    assert_eq!(shown, shown_by_child(expected), "{line}");
}

#[test]
fn sbatch_forwards_it() {
    assert_arrives_in_job(FORWARDED, &format!(r#"sbatch --wrap "{CHILD}""#));
}

#[test]
fn sbatch_without_the_environment_drops_it() {
    assert_arrives_in_job(DROPPED, &format!(r#"sbatch --export=NONE --wrap "{CHILD}""#));
}

#[test]
fn sbatch_with_names_forwards_it_to_the_steps_too() {
    let names = "PATH,TRACEPARENT,TRACESTATE,BAGGAGE";
    let line = format!(r#"sbatch --export={names} --wrap "srun {CHILD}""#);
    assert_arrives_in_job(FORWARDED, &line);
}

/// What the job was submitted with counts for its steps, too: here for a context of the job's own.
#[test]
fn a_step_of_a_job_without_the_environment_drops_it_unless_it_says_otherwise() {
    let job = |srun| {
        let set = "TRACEPARENT=$TRACEPARENT";
        format!(r#"sbatch --export=NONE --wrap "{set} {srun} {CHILD}""#)
    };
    assert_arrives_in_job(DROPPED, &job("srun"));
    assert_arrives_in_job(&[("TRACEPARENT", TRACEPARENT)], &job("srun --export=ALL"));
}

/// `sbatch` ends before its job, so its span covers the submission. The job's spans are under it all the same.
#[test]
fn an_array_of_two_jobs_of_two_steps_of_two_tasks_is_one_trace() {
    let Some(cluster) = cluster() else { return };
    output(&mut cluster.typed("in_span sbatch --array=0-1 --ntasks=2 --wrap job"));
    assert!(cluster.has_run_all());
    assert_eq!(
        trace(&cluster.folder),
        "\
in_span process.exit.code=0
  sbatch process.exit.code=0
    job process.exit.code=0 slurm.array_task=0
      srun process.exit.code=0
        task process.exit.code=0 rank=0
        task process.exit.code=0 rank=1
      srun process.exit.code=0
        task process.exit.code=0 rank=0
        task process.exit.code=0 rank=1
    job process.exit.code=0 slurm.array_task=1
      srun process.exit.code=0
        task process.exit.code=0 rank=0
        task process.exit.code=0 rank=1
      srun process.exit.code=0
        task process.exit.code=0 rank=0
        task process.exit.code=0 rank=1
"
    );
}

#[test]
fn a_task_of_a_job_that_is_cancelled_says_so() {
    let Some(cluster) = cluster() else { return };
    output(&mut cluster.typed("in_span sbatch --wrap 'srun task wait'"));
    assert!(cluster.runs_a_task_that_waits());
    output(&mut cluster.typed("scancel --user=root"));
    assert!(cluster.has_run_all());
    assert_eq!(
        trace(&cluster.folder),
        "\
in_span process.exit.code=0
  sbatch process.exit.code=0
    task error.type=143 process.exit.code=143 rank=0 Error
"
    );
}

/// A process that is killed exports nothing. The span around it tells.
#[test]
fn that_a_task_was_killed_is_an_error_of_the_span_around_srun() {
    let Some(cluster) = cluster() else { return };
    let mut step = cluster.typed("in_span srun task wait");
    let step = step.stderr(Stdio::piped()).spawn().unwrap();
    assert!(cluster.runs_a_task_that_waits());
    output(&mut cluster.typed("scancel --signal=KILL 1.0"));
    assert_eq!(step.wait_with_output().unwrap().status.code(), Some(137));
    assert_eq!(
        trace(&cluster.folder),
        "\
in_span error.type=137 process.exit.code=137 Error
  srun error.type=137 process.exit.code=137 Error
"
    );
}

#[test]
fn that_a_step_cannot_start_is_an_error_of_the_span_around_srun() {
    let Some(cluster) = cluster() else { return };
    let output = cluster.typed("in_span srun /no/such/program").output();
    assert_eq!(output.unwrap().status.code(), Some(2));
    assert_eq!(
        trace(&cluster.folder),
        "\
in_span error.type=2 process.exit.code=2 Error
  srun error.type=2 process.exit.code=2 Error
"
    );
}
