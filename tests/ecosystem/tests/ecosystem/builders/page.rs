//! The code of the guide's page on builders.

#[path = "../../../../../src/guide/builders/bollard_exec.rs"]
pub(super) mod bollard_exec;
#[path = "../../../../../src/guide/builders/duct.rs"]
pub(super) mod duct;
#[path = "../../../../../src/guide/builders/k8s_openapi.rs"]
pub(super) mod k8s_openapi;
#[cfg(unix)]
#[path = "../../../../../src/guide/builders/portable_pty.rs"]
pub(super) mod portable_pty;
#[cfg(unix)]
#[allow(dead_code, reason = "`ssh` is tested by the package `launchers`")]
#[path = "../../../../../src/guide/builders/shell.rs"]
pub(super) mod shell;
#[path = "../../../../../src/guide/builders/write_env.rs"]
pub(super) mod write_env;
