//! Slurm: `srun` and `sbatch`, and traces through them.

use std::fs;

use opentelemetry_env_carrier::WithTraceContext as _;

use crate::cluster::{Cluster, cluster};
use crate::contexts::{ALL, Variables};
use crate::traces::trace;
use crate::{CHILD, DROPPED, FORWARDED, TASK, launchers, output, shown_by_child};

const JOB: &str = concat!("'", env!("CARGO_BIN_EXE_job"), "'");

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
fn a_step_of_a_job_without_the_environment_drops_what_the_job_sets() {
    let step = format!("TRACEPARENT=$TRACEPARENT srun {CHILD}");
    assert_arrives_in_job(DROPPED, &format!(r#"sbatch --export=NONE --wrap "{step}""#));
}

/// They are there, because the program for jobs asks for it.
#[test]
fn a_step_of_a_job_without_the_environment_is_in_the_trace_of_the_job() {
    let Some(cluster) = cluster() else { return };
    let submit = format!(r#"submit sbatch --export=NONE --wrap "exec {JOB} {TASK}""#);
    output(&mut cluster.typed(&submit));
    assert!(cluster.has_run_all());
    assert_eq!(
        trace(&cluster.folder),
        "\
job process.exit.code=0
  srun process.exit.code=0
    task process.exit.code=0 rank=0
submit process.exit.code=0
  sbatch process.exit.code=0
"
    );
}

/// `sbatch` ends before its job, so its span covers the submission. The job's spans are under it all the same.
#[test]
fn an_array_of_two_jobs_of_two_steps_of_two_tasks_is_one_trace() {
    let Some(cluster) = cluster() else { return };
    let submit = "submit sbatch --array=0-1 --ntasks=2 --wrap 'exec job task task'";
    output(&mut cluster.typed(submit));
    assert!(cluster.has_run_all());
    assert_eq!(
        trace(&cluster.folder),
        "\
submit process.exit.code=0
  sbatch process.exit.code=0
    job process.exit.code=0 slurm.array_task_id=0
      srun process.exit.code=0
        task process.exit.code=0 rank=0
        task process.exit.code=0 rank=1
      srun process.exit.code=0
        task process.exit.code=0 rank=0
        task process.exit.code=0 rank=1
    job process.exit.code=0 slurm.array_task_id=1
      srun process.exit.code=0
        task process.exit.code=0 rank=0
        task process.exit.code=0 rank=1
      srun process.exit.code=0
        task process.exit.code=0 rank=0
        task process.exit.code=0 rank=1
"
    );
}

/// Its task counts the lines of an input that never ends, because the job has it open to write, too.
#[track_caller]
fn submit_a_job_without_end(cluster: &Cluster) {
    let submit = "mkfifo input && submit sbatch --wrap 'exec job count <> input'";
    output(&mut cluster.typed(submit));
    assert!(cluster.counts());
}

/// Its trace: by Slurm, with `SIGTERM`.
const A_JOB_THAT_WAS_ENDED: &str = "\
submit process.exit.code=0
  sbatch process.exit.code=0
    job error.type=SIGTERM process.exit.code=143 Error
      srun error.type=143 process.exit.code=143 Error
        count error.type=SIGTERM process.exit.code=143 Error
";

#[test]
fn the_job_and_the_task_of_a_job_that_is_cancelled_say_so() {
    let Some(cluster) = cluster() else { return };
    submit_a_job_without_end(&cluster);
    output(&mut cluster.typed("scancel 1"));
    assert!(cluster.has_run_all());
    assert_eq!(trace(&cluster.folder), A_JOB_THAT_WAS_ENDED);
}

/// It runs again in the environment that it was submitted in.
#[test]
fn a_job_that_is_requeued_is_linked_to_its_submission() {
    let Some(cluster) = cluster() else { return };
    submit_a_job_without_end(&cluster);
    // The next run has an end.
    output(&mut cluster.typed("rm input; touch input; scontrol requeue 1"));
    assert!(cluster.has_run_all());
    let second_run = "\
job process.exit.code=0 slurm.restart_count=1 linked to sbatch
  srun process.exit.code=0
    count process.exit.code=0
";
    assert_eq!(trace(&cluster.folder), second_run.to_owned() + A_JOB_THAT_WAS_ENDED);
}

/// A process that is killed exports nothing. The span around it tells.
#[test]
fn that_a_task_was_killed_is_an_error_of_the_span_around_srun() {
    let Some(cluster) = cluster() else { return };
    submit_a_job_without_end(&cluster);
    output(&mut cluster.typed("scancel --signal=KILL 1.0"));
    assert!(cluster.has_run_all());
    assert_eq!(
        trace(&cluster.folder),
        "\
submit process.exit.code=0
  sbatch process.exit.code=0
    job error.type=1 process.exit.code=1 Error
      srun error.type=137 process.exit.code=137 Error
"
    );
}

/// A list of names without `PATH`.
#[test]
fn that_a_step_cannot_start_is_an_error_of_the_span_around_srun() {
    let Some(cluster) = cluster() else { return };
    let submit = format!(r#"submit sbatch --export=TRACEPARENT --wrap "exec {JOB} task""#);
    output(&mut cluster.typed(&submit));
    assert!(cluster.has_run_all());
    assert_eq!(
        trace(&cluster.folder),
        "\
submit process.exit.code=0
  sbatch process.exit.code=0
    job error.type=1 process.exit.code=1 Error
      srun error.type=2 process.exit.code=2 Error
"
    );
}
