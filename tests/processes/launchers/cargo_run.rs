//! `cargo run`, on a program of a few lines.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Arrived, CHILD_RAN, needs};
use crate::fixtures::contexts::ALL;

pub(super) fn launch() -> Arrived {
    needs("cargo")?;
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-run");
    let names: Vec<&str> = ALL.written.iter().map(|(name, _)| *name).collect();
    let manifest = "[package]\nname = \"child\"\nedition = \"2024\"\n[workspace]\n";
    let program = format!(
        r#"fn main() {{
            println!("{CHILD_RAN}");
            for name in {names:?} {{
                if let Ok(value) = std::env::var(name) {{
                    println!("{{name}}={{value}}");
                }}
            }}
        }}"#
    );
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(package.join("src/main.rs"), program)?;
    super::launch(Command::new("cargo").args(["run", "--quiet"]).current_dir(package))
}
