//! The programs that the guide shows, with telemetry whose spans a test can read, whatever is in between.
#![cfg(unix)]

#[path = "../../../src/guide/builders/by_name.rs"]
pub mod by_name;
#[path = "../../../src/guide/end_of_main/computes.rs"]
pub mod computes;
#[path = "../../../src/guide/batch_jobs/job.rs"]
pub mod job;
#[path = "../../../src/guide/builders/shell.rs"]
pub mod shell;
#[path = "../../../src/guide/end_of_main/signals.rs"]
pub mod signals;
#[path = "../../../src/guide/batch_jobs/submits.rs"]
pub mod submits;
#[path = "../../../src/guide/batch_jobs/task.rs"]
pub mod task;
pub mod telemetry;
