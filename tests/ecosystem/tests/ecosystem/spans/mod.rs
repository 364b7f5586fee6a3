//! Spans of processes: of children, and around `main`.

mod async_commands;
mod child_span;
mod commands;
mod end_of_main;
pub(crate) mod exported;
mod main_span;
mod of_tracing;
mod parents;
mod received;
mod recorded;
mod shutdown;
mod threads;

// What most of these modules use.
use std::process::{Command, ExitCode, Stdio};
use std::{io, thread};

use opentelemetry::trace::*;
use opentelemetry::{Context, KeyValue, Value, global};
use opentelemetry_env_carrier::{ChildSpan, InSpan as _, MainSpan, WithTraceContext as _};
use tokio::runtime::Runtime;

use self::exported::*;
use crate::child::child;
use crate::fixtures::contexts::*;
use crate::fixtures::process::*;
