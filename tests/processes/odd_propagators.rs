//! Propagators that write what no environment can hold, under keys that no variable can have: the
//! child is spawned anyway, and receives the rest.

use std::io::ErrorKind;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_env_carrier::{EnvCarrier, WithTraceContext as _};

use crate::fixtures::process::{in_process, process};
use crate::fixtures::propagators::Scripted;
use crate::fixtures::shown::{lines, show_environment};

const FIELDS: [&str; 3] = ["first", "second", "third"];
const STALE: [(&str, &str); 3] = [("FIRST", "stale"), ("SECOND", "stale"), ("THIRD", "stale")];

/// How long the value of `FIRST` may be.
const LONGEST: usize = if cfg!(windows) { 32_767 } else { 128 * 1024 } - "FIRST=\0".len();
/// A character of two bytes on Unix and of two UTF-16 units on Windows, which is what counts there.
const COUNTS_TWICE: &str = if cfg!(windows) { "😀" } else { "é" };

/// A test for each row: what a propagator declares and writes, and what a child inherits and receives.
macro_rules! a_child_receives {
    ($($name:ident:
        declares $fields:expr, writes $writes:expr, inherits $inherits:expr => $receives:expr;
    )*) => {$(
        #[test]
        fn $name() {
            let mut child = process(show_environment);
            let receives: &[(&str, &str)] = &$receives;
            let inherits: &[(&str, &str)] = &$inherits;
            let receives = lines(receives.iter().copied().collect());
            in_process(inherits.iter().copied(), &receives, || {
                let propagator = Scripted::new(&$fields, &$writes);
                child.with_trace_context_using(&propagator, &Context::new()).status().unwrap();
            });
        }
    )*};
}

a_child_receives! {
    a_value_with_nul_bytes_is_skipped_and_what_it_would_have_replaced_is_unset:
        declares FIELDS, writes [("first", "a\0b\0c"), ("second", "new")], inherits STALE
        => [("SECOND", "new")];
    nothing_but_a_value_with_a_nul_byte_leaves_nothing_stale:
        declares FIELDS, writes [("first", "\0")], inherits STALE => [];
    a_value_that_is_longer_than_the_platform_allows_is_skipped:
        declares FIELDS, writes [("first", &"x".repeat(LONGEST + 1)), ("second", "new")], inherits STALE
        => [("SECOND", "new")];
    a_value_that_is_as_long_as_the_platform_allows_arrives:
        declares FIELDS, writes [("first", &"x".repeat(LONGEST))], inherits STALE
        => [("FIRST", &"x".repeat(LONGEST))];
    characters_that_count_twice_are_skipped_beyond_that_length:
        declares FIELDS, writes [("first", &COUNTS_TWICE.repeat(LONGEST / 2 + 1))], inherits STALE => [];
    characters_that_count_twice_arrive_up_to_that_length:
        declares FIELDS, writes [("first", &COUNTS_TWICE.repeat(LONGEST / 2))], inherits STALE
        => [("FIRST", &COUNTS_TWICE.repeat(LONGEST / 2))];
    an_empty_value_is_not_written_and_what_it_would_have_replaced_is_unset:
        declares FIELDS, writes [("first", "new"), ("second", "")], inherits STALE => [("FIRST", "new")];
    nothing_but_an_empty_value_leaves_nothing_stale:
        declares FIELDS, writes [("first", "")], inherits STALE => [];
    a_propagator_that_writes_nothing_changes_nothing:
        declares FIELDS, writes [], inherits STALE => STALE;
    a_key_that_is_not_declared_is_written_and_the_declared_ones_are_unset:
        declares FIELDS, writes [("fourth", "new")], inherits STALE => [("FOURTH", "new")];
    odd_keys_become_names_that_every_platform_allows:
        declares ["=", "größe", "a\0b", "1st", "x=y"],
        writes [("=", "equals"), ("größe", "multi-byte"), ("a\0b", "NUL"), ("1st", "digit")],
        inherits [("X_Y", "stale")]
        => [("A_B", "NUL"), ("GR__E", "multi-byte"), ("_", "equals"), ("_1ST", "digit")];
    two_keys_with_one_name_are_one_variable_and_the_last_wins:
        declares ["a-b", "a.b"], writes [("a-b", "first"), ("a.b", "last")], inherits [("A_B", "stale")]
        => [("A_B", "last")];
    of_two_keys_with_one_name_an_empty_last_one_wins_too:
        declares ["a-b", "a.b"], writes [("a-b", "first"), ("a.b", "")], inherits [("A_B", "stale")] => [];
    a_field_is_not_stale_if_another_key_with_its_name_was_written:
        declares ["a-b", "a.b"], writes [("a-b", "new")], inherits [("A_B", "stale")] => [("A_B", "new")];
    a_field_of_w3c_is_not_stale_if_it_was_written_in_another_case:
        declares ["traceparent", "baggage"], writes [("TraceParent", "new")],
        inherits [("TRACEPARENT", "stale"), ("BAGGAGE", "stale")] => [("TRACEPARENT", "new")];
}

#[test]
fn a_carrier_alone_validates_nothing_so_a_nul_byte_prevents_the_spawn() {
    let mut child = process(|| {});
    let propagator = Scripted::new(&[], &[("first", "\0")]);
    propagator.inject_context(&Context::new(), &mut EnvCarrier::new(&mut child));
    assert_eq!(child.status().unwrap_err().kind(), ErrorKind::InvalidInput);
}
