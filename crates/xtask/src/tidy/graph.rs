//! Who depends on whom, as `cargo metadata` says, against the table.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::table::{ADAPTER_MAY_USE, CORE_MAY_USE, MAY_USE, MAY_USE_ALL, ONLY, RAW, USED_BY_NONE};

/// A workspace member and everything its manifest names.
#[derive(Debug, Clone, Default)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) is_adapter: bool,
    /// Name, and whether only tests use it.
    pub(super) dependencies: Vec<(String, bool)>,
}

/// Reads the members out of the metadata.
pub(super) fn read(metadata: &Value, root: &Path) -> Result<Vec<Crate>> {
    let packages = metadata["packages"].as_array().context("cargo metadata has no packages")?;
    let text = |value: &Value, key: &str| {
        value[key].as_str().map(str::to_owned).with_context(|| format!("cargo metadata has no {key}"))
    };
    packages
        .iter()
        .map(|package| {
            let manifest = text(package, "manifest_path")?;
            let dependencies = package["dependencies"].as_array().context("a package has no dependencies")?;
            let dependencies = dependencies.iter().map(|d| Ok((text(d, "name")?, d["kind"] == "dev")));
            Ok(Crate {
                name: text(package, "name")?,
                is_adapter: Path::new(&manifest).starts_with(root.join("adapters")),
                dependencies: dependencies.collect::<Result<_>>()?,
            })
        })
        .collect()
}

/// One line for each edge the table does not allow.
pub(super) fn check(crates: &[Crate]) -> Vec<String> {
    let mut problems = Vec::new();
    for member in crates {
        let row = MAY_USE.iter().find(|(name, _)| *name == member.name).map(|(_, row)| *row);
        let uses_all = MAY_USE_ALL.contains(&member.name.as_str());
        if row.is_none() && !uses_all && !member.is_adapter && !USED_BY_NONE.contains(&member.name.as_str()) {
            problems.push(format!("{}: is not in the table of crates (xtask/src/tidy/table.rs)", member.name));
        }
        for (dependency, dev) in &member.dependencies {
            if let Some(why) = forbidden(member, row, uses_all, dependency, *dev, crates) {
                problems.push(format!("{}: must not depend on {dependency}: {why}", member.name));
            }
        }
    }
    problems
}

fn forbidden(
    member: &Crate,
    row: Option<&[&str]>,
    uses_all: bool,
    dependency: &str,
    dev: bool,
    crates: &[Crate],
) -> Option<String> {
    if let Some((_, only, why)) = ONLY.iter().find(|(name, ..)| *name == dependency) {
        let raw = dev && RAW.contains(&(member.name.as_str(), dependency));
        return (member.name != *only && !raw).then(|| format!("{why}, only {only} names it"));
    }
    let Some(own) = crates.iter().find(|other| other.name == dependency) else {
        let pure = member.name == "jisr-core" && !dev && !CORE_MAY_USE.contains(&dependency);
        return pure.then(|| format!("the core is pure and uses only {}", CORE_MAY_USE.join(", ")));
    };
    if USED_BY_NONE.contains(&dependency) {
        return Some("nothing depends on it".to_owned());
    }
    if uses_all {
        return None;
    }
    if own.is_adapter {
        return Some("a department is known to nobody but the composition".to_owned());
    }
    if dependency == "jisr" {
        return Some("the binary wires the others".to_owned());
    }
    // Tests may use what production code may not, so far as no department and no binary comes in.
    if dev {
        return None;
    }
    let row = if member.is_adapter { ADAPTER_MAY_USE } else { row.unwrap_or_default() };
    (!row.contains(&dependency)).then(|| match row {
        [] => "it may use none of our crates".to_owned(),
        row => format!("of our crates it may use only {}", row.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dependencies: &[(&str, bool)]) -> Crate {
        let dependencies = dependencies.iter().map(|(name, dev)| ((*name).to_owned(), *dev)).collect();
        Crate { name: name.to_owned(), is_adapter: name == "jisr-municipality", dependencies }
    }

    fn check_one(name: &str, dependencies: &[(&str, bool)], expected: &[&str]) {
        let others = ["jisr-core", "jisr-proto", "jisr-journal", "jisr-engine", "jisr-adapter", "jisr-municipality"];
        let more = ["jisr", "jisr-testkit", "jisr-tests", "jisr-journal-sql", "jisr-bus"];
        let mut crates: Vec<Crate> = others.iter().chain(&more).map(|other| member(other, &[])).collect();
        crates.retain(|other| other.name != name);
        crates.push(member(name, dependencies));
        let problems = check(&crates);
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, part) in problems.iter().zip(expected) {
            assert!(problem.contains(part), "{problem}, expected {part}");
        }
    }

    #[test]
    fn the_table_allows_what_it_names() {
        check_one("jisr-engine", &[("jisr-core", false), ("jisr-bus", false), ("tokio", false)], &[]);
        check_one("jisr", &[("jisr-municipality", false), ("jisr-engine", false)], &[]);
        check_one("jisr-municipality", &[("jisr-adapter", false), ("jisr-core", false)], &[]);
        check_one("jisr-gateway", &[("jisr-testkit", true), ("jisr-journal-sql", true)], &[]);
        check_one("jisr-tests", &[("lapin", true), ("tokio-postgres", true)], &[]);
    }

    #[test]
    fn each_violation_is_red() {
        check_one("jisr-gateway", &[("jisr-bus", false)], &["may use only jisr-core, jisr-proto, jisr-engine"]);
        check_one("jisr-core", &[("jisr-proto", false)], &["may use none of our crates"]);
        check_one("jisr-core", &[("tokio", false)], &["the core is pure"]);
        check_one("jisr-core", &[("proptest", true)], &[]);
        check_one("jisr-engine", &[("jisr-municipality", true)], &["known to nobody"]);
        check_one("jisr-municipality", &[("jisr-journal", false)], &["may use only jisr-adapter"]);
        check_one("jisr-engine", &[("rusqlite", false)], &["only jisr-journal-sql names it"]);
        check_one("jisr-testkit", &[("lapin", true)], &["only jisr-bus names it"]);
        check_one("jisr-tests", &[("lapin", false)], &["only jisr-bus names it"]);
        check_one("jisr-tests", &[("rusqlite", true)], &["only jisr-journal-sql names it"]);
        check_one("jisr-testkit", &[("jisr-tests", true)], &["nothing depends on it"]);
        check_one("jisr-gateway", &[("jisr", true)], &["the binary wires"]);
        check_one("jisr-novelty", &[], &["is not in the table"]);
    }

    #[test]
    fn rows_use_only_rows_above() {
        for (at, (name, row)) in MAY_USE.iter().enumerate() {
            for used in *row {
                assert!(MAY_USE[..at].iter().any(|(above, _)| above == used), "{name} uses {used} below it");
            }
        }
    }

    #[test]
    fn members_are_read_from_metadata() {
        let metadata = serde_json::json!({"packages": [{
            "name": "jisr-municipality",
            "manifest_path": "/x/adapters/municipality/Cargo.toml",
            "dependencies": [{"name": "tokio", "kind": null}, {"name": "jisr-testkit", "kind": "dev"}],
        }]});
        let crates = read(&metadata, Path::new("/x")).unwrap();
        assert!(crates[0].is_adapter);
        assert_eq!(crates[0].dependencies, [("tokio".to_owned(), false), ("jisr-testkit".to_owned(), true)]);
    }
}
