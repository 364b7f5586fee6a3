//! Spans of processes: of children, and around `main`.

mod async_commands;
mod child_span;
mod end_of_main;
pub(crate) mod exported;
mod invalid_parents;
mod main_span;
mod parents;
mod received;
mod recorded;
mod shutdown;
mod std_commands;
mod threads;
