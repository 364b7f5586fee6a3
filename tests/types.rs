//! What the compiler has to accept, where propagators, threads and builders want it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::{Child, Command};

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry_env_carrier::{
    ChildInSpan, ChildSpan, ChildSpanBuilder, CommandInSpan, EnvCarrier, EnvChanges,
    EnvChangesIter, ExtractError, MainSpanBuilder, ProcessEnv, WithTraceContext, WriteEnv,
};

#[test]
fn builders_go_to_other_threads() {
    fn is_send<T: Send>() {}
    is_send::<ChildSpanBuilder<'_>>();
    is_send::<CommandInSpan<'_, Command>>();
    is_send::<MainSpanBuilder<'_>>();
}

#[test]
fn threads_share_everything_else() {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<ChildInSpan<Child>>();
    is_send_and_sync::<ChildSpan>();
    is_send_and_sync::<EnvCarrier>();
    is_send_and_sync::<EnvCarrier<&mut Command>>();
    is_send_and_sync::<EnvChanges>();
    is_send_and_sync::<EnvChangesIter<(String, Option<String>)>>();
    is_send_and_sync::<ExtractError>();
    is_send_and_sync::<ProcessEnv>();
}

#[test]
fn a_borrowed_command_is_injected_into_and_extracted_from() {
    fn is_carrier<T: Injector + Extractor>() {}
    is_carrier::<EnvCarrier<&mut Command>>();
}

#[test]
fn whatever_can_be_written_takes_a_trace_context() {
    fn takes_a_trace_context<T: WithTraceContext + ?Sized>() {}
    takes_a_trace_context::<&mut Command>();
    takes_a_trace_context::<BTreeMap<OsString, String>>();
    takes_a_trace_context::<dyn WriteEnv>();
}
