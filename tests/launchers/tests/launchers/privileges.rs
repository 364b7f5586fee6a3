//! Programs that start another with less of the environment, for its security.

use crate::{CHILD, DROPPED, FORWARDED, here, here_as_root, launchers};

const NAMES: &str = "TRACEPARENT,TRACESTATE,BAGGAGE";
const ASSIGNMENTS: &str =
    r#"TRACEPARENT="$TRACEPARENT" TRACESTATE="$TRACESTATE" BAGGAGE="$BAGGAGE""#;

launchers! {
    env_i_drops_it: here("env"), DROPPED, "env -i {CHILD}";
    env_i_with_assignments_forwards_it: here("env"), FORWARDED, "env -i {ASSIGNMENTS} {CHILD}";
    sudo_drops_it: here_as_root("sudo"), DROPPED, "sudo -n {CHILD}";
    sudo_with_names_forwards_it: here_as_root("sudo"), FORWARDED,
        "sudo -n --preserve-env={NAMES} {CHILD}";
    sudo_with_assignments_forwards_it: here_as_root("sudo"), FORWARDED,
        "sudo -n {ASSIGNMENTS} {CHILD}";
    su_forwards_it: here_as_root("su"), FORWARDED, r#"su -c "{CHILD}""#;
    su_with_a_login_shell_drops_it: here_as_root("su"), DROPPED, r#"su - -c "{CHILD}""#;
    su_with_a_login_shell_and_names_forwards_it: here_as_root("su"), FORWARDED,
        r#"su - -w {NAMES} -c "{CHILD}""#;
}
