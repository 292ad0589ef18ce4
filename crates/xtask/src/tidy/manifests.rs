//! Cargo manifests: every version, feature and lint is set once, in the workspace; every package comes from one place.

use toml::{Table, Value};

use super::table::SOURCE;

/// One line for each dependency, or the lints, that a member sets for itself.
pub(super) fn check(file: &str, text: &str) -> Vec<String> {
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("{file}: not TOML: {}", error.message())],
    };
    if !manifest.contains_key("package") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    dependencies(file, &manifest, &mut problems);
    let targets = manifest.get("target").and_then(Value::as_table);
    for target in targets.into_iter().flat_map(Table::values).filter_map(Value::as_table) {
        dependencies(file, target, &mut problems);
    }
    let inherits = |key: &str| is_inherited(manifest.get(key));
    if !inherits("lints") {
        problems.push(format!("{file}: needs `[lints] workspace = true`"));
    }
    let package = manifest.get("package").and_then(Value::as_table);
    for key in ["version", "edition", "rust-version", "license"] {
        if !is_inherited(package.and_then(|package| package.get(key))) {
            problems.push(format!("{file}: needs `{key}.workspace = true`"));
        }
    }
    problems
}

fn dependencies(file: &str, table: &Table, problems: &mut Vec<String>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(Value::Table(entries)) = table.get(kind) else { continue };
        for (name, entry) in entries {
            let more = |key: &&String| !matches!(key.as_str(), "workspace" | "optional");
            let keys = entry.as_table().map(|entry| entry.keys().filter(more).cloned().collect::<Vec<_>>());
            if !is_inherited(Some(entry)) {
                problems.push(format!("{file}: {kind}.{name}: write `{name}.workspace = true`"));
            } else if let Some(keys) = keys.filter(|keys| !keys.is_empty()) {
                let keys = keys.join(", ");
                problems.push(format!("{file}: {kind}.{name}: set {keys} in the workspace's manifest"));
            }
        }
    }
}

fn is_inherited(entry: Option<&Value>) -> bool {
    entry.and_then(|entry| entry.get("workspace")).and_then(Value::as_bool) == Some(true)
}

/// One line for each package that the lock file takes from anywhere but crates.io.
pub(super) fn check_lock(file: &str, text: &str) -> Vec<String> {
    let sources = text.lines().filter_map(|line| line.strip_prefix("source = ")).map(|source| source.trim_matches('"'));
    let foreign = sources.filter(|source| *source != SOURCE);
    foreign.map(|source| format!("{file}: a package comes from {source}, not from crates.io")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\n[lints]\nworkspace = true\n[dependencies]\n\
        tokio.workspace = true\nx = { workspace = true, optional = true }\n";

    #[test]
    fn inheriting_everything_is_good() {
        assert_eq!(check("a/Cargo.toml", GOOD), Vec::<String>::new());
        assert_eq!(check("Cargo.toml", "[workspace.dependencies]\ntokio = \"1\"\n"), Vec::<String>::new());
    }

    #[test]
    fn each_violation_is_red() {
        let problems = |from: &str, to: &str| {
            assert!(GOOD.contains(from));
            check("a/Cargo.toml", &GOOD.replace(from, to)).join("\n")
        };
        assert!(problems("tokio.workspace = true", "tokio = \"1\"").contains("write `tokio.workspace = true`"));
        let features = problems("tokio.workspace = true", "tokio = { workspace = true, features = [\"full\"] }");
        assert!(features.contains("dependencies.tokio: set features in the workspace's manifest"), "{features}");
        assert!(problems("[lints]\nworkspace = true", "[lints]").contains("`[lints] workspace = true`"));
        assert!(problems("edition.workspace = true", "edition = \"2024\"").contains("`edition.workspace = true`"));
        let target = "[target.'cfg(unix)'.dependencies]\nnix = \"1\"\n[dependencies]\ntokio";
        assert!(problems("[dependencies]\ntokio", target).contains("nix.workspace"));
        assert!(problems("[lints]", "[lints").contains("not TOML"));
    }

    #[test]
    fn the_lock_file_has_one_source() {
        let lock = format!("[[package]]\nname = \"a\"\nsource = \"{SOURCE}\"\n");
        assert!(check_lock("Cargo.lock", &lock).is_empty());
        let problems = check_lock("Cargo.lock", &lock.replace("github.com/rust-lang", "mirror.example"));
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
}
