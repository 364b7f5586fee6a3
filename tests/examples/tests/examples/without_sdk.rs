//! The example that has no SDK.

use crate::contexts::{TRACE_ID, TRACEPARENT};
use crate::example;

#[test]
fn the_child_prints_the_context_that_was_injected() {
    let output = example("without_sdk", &[]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = format!(
        "TRACEPARENT={TRACEPARENT}\nBAGGAGE=build.id=42\nthe trace is {TRACE_ID}\nbuild.id is 42\n"
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), printed);
}
