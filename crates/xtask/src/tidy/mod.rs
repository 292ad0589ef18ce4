//! Holds the architecture's rules against what is there. Every rule is a pure function with a test that turns it red;
//! this file only fetches what they look at.

mod files;
mod graph;
mod manifests;
mod table;
mod tree;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Runs every rule on the workspace at `root`; returns one line for each problem, sorted.
pub(crate) fn run(root: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();

    let metadata = output(root, "cargo", &["metadata", "--no-deps", "--locked", "--format-version", "1"])?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let crates = graph::read(&metadata, root)?;
    problems.extend(graph::check(&crates));

    let tree = output(root, "cargo", &["tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}"])?;
    problems.extend(tree::check(&tree));

    // What is tracked and what is about to be: a mistake should show before it is committed.
    let list = output(root, "git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    for name in list.split('\0').filter(|name| !name.is_empty()) {
        // A file may be deleted and not yet staged.
        let Ok(bytes) = std::fs::read(root.join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        problems.extend(files::check(name, &text, &root.to_string_lossy()));
        if name.ends_with("Cargo.toml") {
            problems.extend(manifests::check(name, &text));
        }
        if name.ends_with("Cargo.lock") {
            problems.extend(manifests::check_lock(name, &text));
        }
    }
    problems.sort();
    problems.dedup();
    Ok(problems)
}

fn output(root: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let run = Command::new(program).args(arguments).current_dir(root).output();
    let run = run.with_context(|| format!("{program} could not be started"))?;
    let errors = String::from_utf8_lossy(&run.stderr);
    ensure!(run.status.success(), "{program} {} failed: {errors}", arguments.join(" "));
    String::from_utf8(run.stdout).with_context(|| format!("{program} did not print UTF-8"))
}
