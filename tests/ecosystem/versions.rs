//! Programs on the version of `opentelemetry` that this crate uses, and on another. The lines that
//! make the other version a compile error are those of the guide.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};

use crate::fixtures::roles::{Role, same};

pub(crate) const ROLES: &[Role] = &[];

const SAME: &str = "0.33";
const OTHER: &str = "0.32";

struct Case {
    name: &'static str,
    opentelemetry: &'static str,
    program: &'static str,
    outcome: Outcome,
}

enum Outcome {
    Writes(&'static str),
    MismatchedTypes,
    NamesTheFeature,
}
use Outcome::{MismatchedTypes, NamesTheFeature, Writes};

/// Shows which variables it sets for a child.
const UNGUARDED: &str = r#"
    use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState};
    use opentelemetry_env_carrier::WithTraceContext as _;

    fn main() {
        let flags = TraceFlags::SAMPLED;
        let span = SpanContext::new(1.into(), 1.into(), flags, false, TraceState::NONE);
        let cx = opentelemetry::Context::new().with_remote_span_context(span);
        let _guard = cx.attach();
        let mut child = std::process::Command::new("child");
        for (name, _) in child.with_trace_context().get_envs().filter(|(_, value)| value.is_some()) {
            print!("{}", name.display());
        }
    }"#;

const GUARDED_CHILD: &str = "
    fn main() {
        let parent: opentelemetry::Context = opentelemetry_env_carrier::extract_parent_context();
        let _guard = parent.attach();
    }";

const GUARDED_PARENT: &str = r#"
    use opentelemetry_env_carrier::WithTraceContext as _;

    const _: fn() -> opentelemetry::Context = opentelemetry_env_carrier::extract_parent_context;

    fn main() {
        std::process::Command::new("child").with_trace_context();
    }"#;

/// Its propagator panics if it is asked to inject.
const ONLY_EXTRACTS: &str = r#"
    use opentelemetry::Context;
    use opentelemetry::propagation::text_map_propagator::FieldIter;
    use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

    #[derive(Debug)]
    struct OnlyExtracts([String; 1]);

    impl TextMapPropagator for OnlyExtracts {
        fn inject_context(&self, _: &Context, _: &mut dyn Injector) {
            unimplemented!();
        }
        fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
            print!("{}", extractor.get("path").is_some());
            cx.clone()
        }
        fn fields(&self) -> FieldIter<'_> {
            FieldIter::new(&self.0)
        }
    }

    fn main() {
        opentelemetry::global::set_text_map_propagator(OnlyExtracts(["path".to_owned()]));
        drop(opentelemetry_env_carrier::extract_parent_context());
    }"#;

const TOKIO_WITHOUT_FEATURE: &str = r#"
    use opentelemetry_env_carrier::WithTraceContext as _;

    fn main() {
        tokio::process::Command::new("child").with_trace_context();
    }"#;

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { name: "injects", opentelemetry: SAME, program: UNGUARDED, outcome: Writes("TRACEPARENT") },
    Case { name: "silently injects nothing", opentelemetry: OTHER, program: UNGUARDED, outcome: Writes("") },
    Case { name: "as a child that names the type compiles", opentelemetry: SAME, program: GUARDED_CHILD, outcome: Writes("") },
    Case { name: "as a child that names the type does not compile", opentelemetry: OTHER, program: GUARDED_CHILD, outcome: MismatchedTypes },
    Case { name: "as a parent that names the type compiles", opentelemetry: SAME, program: GUARDED_PARENT, outcome: Writes("") },
    Case { name: "as a parent that names the type does not compile", opentelemetry: OTHER, program: GUARDED_PARENT, outcome: MismatchedTypes },
    Case { name: "and panic=abort may have a propagator that only extracts", opentelemetry: SAME, program: ONLY_EXTRACTS, outcome: Writes("true") },
    Case { name: "and tokio's command without the feature is told which to enable", opentelemetry: SAME, program: TOKIO_WITHOUT_FEATURE, outcome: NamesTheFeature },
];

pub(crate) fn tests() -> Vec<Trial> {
    let test = |(number, case): (usize, &'static Case)| {
        let Case { name, opentelemetry, .. } = case;
        Trial::test(format!("a program on opentelemetry {opentelemetry} {name}"), move || {
            check(&format!("program-{number}"), case)
        })
    };
    CASES.iter().enumerate().map(test).collect()
}

fn check(name: &str, case: &Case) -> Result<(), Failed> {
    let Output { status, stdout, stderr } = cargo_run(name, case)?;
    let (stdout, stderr) = (String::from_utf8(stdout)?, String::from_utf8(stderr)?);
    match case.outcome {
        Writes(expected) if status.success() && stderr.is_empty() => same(&stdout, expected),
        NamesTheFeature if stderr.contains("enable the feature `tokio`") => Ok(()),
        MismatchedTypes if stderr.contains("error[E0308]: mismatched types") => Ok(()),
        _ => Err(format!("{status}\n{stdout}{stderr}").into()),
    }
}

/// Builds and runs the program, in a package of its own.
fn cargo_run(name: &str, case: &Case) -> Result<Output, Failed> {
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("versions");
    let package = packages.join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = format!(
        "[workspace]
        [package]
        name = {name:?}
        edition = \"2024\"
        [dependencies]
        opentelemetry = {:?}
        opentelemetry-env-carrier = {{ path = {root:?} }}
        tokio = {{ version = \"1\", features = [\"process\"] }}
        [profile.dev]
        panic = \"abort\"
        ",
        case.opentelemetry,
    );
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(package.join("src/main.rs"), case.program)?;
    // The same versions as here, except for the one that differs.
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock"))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--target-dir"]).arg(packages.join("target"));
    Ok(cargo.current_dir(package).output()?)
}
