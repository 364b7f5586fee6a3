//! Spans of processes: of children, and around `main`. A tracer provider is global, so each case runs in
//! a process of its own, which checks for itself or prints its spans.

mod async_process_commands;
mod child_span;
mod concurrency;
mod exporters;
mod futures;
mod main_span;
mod operations;
mod propagation;
mod recorded;
mod reuse;
mod std_commands;
mod streams;
mod threads;
mod tokio_commands;

use std::future::Future;
use std::io::{self, Read as _, Write as _};
use std::process::exit;

use tokio::runtime::Runtime;

use crate::fixtures::roles::{self, Role, Test};

pub(crate) const ROLES: &[Role] = &[
    // The children.
    ("exits with", |code| exit(code.parse().unwrap())),
    ("reads its input and exits with", |code| {
        io::copy(&mut io::stdin(), &mut io::sink()).unwrap();
        exit(code.parse().unwrap());
    }),
    ("answers its input and exits with", |code| {
        let mut input = String::new();
        io::stdin().read_to_string(&mut input).unwrap();
        // Nobody may read them.
        _ = write!(io::stdout(), "answer to {input:?};");
        _ = write!(io::stderr(), "error for {input:?};");
        exit(code.parse().unwrap());
    }),
    ("shows its parent and exits with", |code| {
        roles::show_parent();
        exit(code.parse().unwrap());
    }),
    ("writes a megabyte", |_| {
        let written = io::stdout().write_all(&[b'.'; 1 << 20]);
        exit(if written.is_ok() { 0 } else { 4 });
    }),
    ("reports its end at port", futures::report_end),
    ("callee", main_span::callee),
    // Processes that cannot be those of `roles::test`.
    #[cfg(target_os = "linux")]
    ("cannot wait", |_| recorded::cannot_wait()),
    ("main that returns an error", |_| main_span::return_an_error()),
    ("main that panics", |_| main_span::panic()),
    ("main that panics on another thread", |_| main_span::panic_on_another_thread()),
    ("main that exits with 7", |_| main_span::exit_with_7()),
    ("logs its spans", |_| child_span::log_spans()),
];

pub(crate) fn tests() -> Vec<Test> {
    let modules = [
        operations::tests,
        recorded::tests,
        propagation::tests,
        reuse::tests,
        streams::tests,
        concurrency::tests,
        futures::tests,
        main_span::tests,
        threads::tests,
        child_span::tests,
    ];
    modules.into_iter().flat_map(|tests| tests()).collect()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    Runtime::new().unwrap().block_on(future)
}
