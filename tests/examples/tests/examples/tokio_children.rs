//! The example with several children at once.

use crate::drawn::Drawn;
use crate::{collect, example};

#[test]
fn each_child_is_in_a_span_of_its_own_under_that_of_main() {
    let drawn = Drawn::by(&mut collect(&example("tokio_children", &[])));
    assert_eq!(
        drawn.outline(),
        [
            "tokio_children",
            "tokio_children/compile docs",
            "tokio_children/compile docs/tokio_children",
            "tokio_children/compile lexer",
            "tokio_children/compile lexer/tokio_children",
            "tokio_children/compile parser",
            "tokio_children/compile parser/tokio_children",
        ]
    );
    assert!(
        drawn.last_line().ends_with(": 7 spans in 4 processes, all connected"),
        "{}",
        drawn.text
    );
    assert_eq!(drawn.code, Some(0));
}
