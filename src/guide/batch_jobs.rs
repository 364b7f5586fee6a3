//! # Batch jobs and clusters
//!
//! For programs that submit jobs to a scheduler, and for the jobs, their steps and their tasks.
//!
//! The programs on this page are complete. Tests run them with Slurm and Open MPI, as Debian 12 has them. `telemetry`
//! and `signals` are the modules of [the end of `main`](crate::guide::end_of_main). The trace is:
//!
//! ```text
//! submit
//!   sbatch
//!     job
//!       srun
//!         task  rank=0
//!         task  rank=1
//! ```
//!
//! ## The submission
//!
//! This runs any command in a span: `submit sbatch --ntasks=2 job.sh`.
//!
#![doc = "```rust"]
#![doc = include_str!("batch_jobs/submits.rs")]
#![doc = "```"]
//! `sbatch` returns when the job is queued, so its span covers the submission. The spans of the job are under it,
//! however late they start.
//!
//! Leave out baggage that the job does not need. The scheduler keeps the environment of a job until it is over, some
//! sites keep it for years, and every task receives it. A build number is fine, users' ids and deadlines are not.
//!
//! ## The job
//!
//! The script `job.sh` ends with `exec job task`. Without `exec`, `scancel` ends the shell at once, and Slurm then kills
//! the job before its spans are exported.
//!
#![doc = "```rust"]
#![doc = include_str!("batch_jobs/job.rs")]
#![doc = "```"]
//! There are no semantic conventions for jobs, so choose the names of the attributes.
//!
//! A job that is requeued runs again in the environment of its submission, `TRACEPARENT` included. So the second run of
//! this program has [a trace of its own](crate::MainSpanBuilder::with_linked_parent), with a link to the submission.
//! If your jobs wait for days, link the first run, too.
//!
//! On Kubernetes a restarted pod receives the `env:` of its manifest again, and so do a CronJob and a manifest that is
//! applied twice. Nothing tells the runs apart, so link all of them: `MainSpan::builder().with_linked_parent()`.
//!
//! ## Tasks and ranks
//!
//! Each task of `srun` and each MPI rank is a process with a `MainSpan`. Its name is the same for all, and the rank is an
//! attribute:
//!
#![doc = "```rust"]
#![doc = include_str!("batch_jobs/task.rs")]
#![doc = "```"]
//! - A thousand ranks are a thousand spans. For fewer, start `MainSpan` on rank 0 only.
//! - To export its span when it is cancelled, a task ends like
//!   [a program that computes](crate::guide::end_of_main#signals).
//! - `mpirun` needs [`-x`](crate::guide::launchers) for ranks on other hosts, and the path of the program.
//!
//! ## Which variables arrive
//!
//! Slurm forwards the whole environment, unless `--export` or the site's `SBATCH_EXPORT` says otherwise. The command line
//! wins:
//!
//! | `--export=` | the job receives | |
//! | --- | --- | --- |
//! | `ALL` | everything | |
//! | `NONE` | nothing | It starts a new trace. |
//! | `PATH,TRACEPARENT,TRACESTATE,BAGGAGE` | these | Without `PATH`, `srun` finds programs only by their path. |
//! | `BAGGAGE=a=1,b=2` | `BAGGAGE` as `a=1`, and a variable `b` | Give names only. |
//!
//! What a job was submitted with counts for its steps, too: `srun` drops even a context that the job itself injects. So
//! the job above says `srun --export=ALL`.
//!
//! ## Exit codes
//!
//! With these versions, the spans around the commands record:
//!
//! | command | what happened | exit code |
//! | --- | --- | --- |
//! | `sbatch` | the job is queued | 0 |
//! | | there is no such partition or script | 1 |
//! | `sbatch --wait` | the job has ended | that of the job; of an array, the highest |
//! | | it was cancelled | 0 |
//! | `srun` | a task failed | that of the task |
//! | | a signal killed a task | 128 plus the signal |
//! | | the program could not be started | 2 |
//! | | the step asks for more than the job has | 1 |
//! | `scancel` | the job is cancelled, has ended, or does not exist | 0 |
//! | `mpirun` | a rank failed; the others get `SIGTERM`, and `SIGKILL` a second later | that of the rank |
//! | | a host could not be reached | 255 |
//!
//! - `scancel` sends `SIGTERM` to the job, its steps and their tasks, and `SIGKILL` 30 seconds later (`KillWait`). The
//!   spans of `job` and of its tasks then have the `error.type` `SIGTERM`, and that of `srun` has 143. The time limit
//!   does the same (documented).
//! - A task that is killed with `SIGKILL`, because it needs too much memory for example, exports nothing.
//! - `sbatch --wait` looks every few seconds, so its span may be up to ten seconds too long.
//! - Outside of a job, an `srun` that asks for more nodes than there are waits for ever, and its span is open as long.
