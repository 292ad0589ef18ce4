//! What the resolved tree of this platform holds, from `cargo tree` (the lock file also lists what is never built).

use super::table::NOWHERE;

/// One line for each banned crate in `cargo tree --prefix none --format {p}`.
pub(super) fn check(tree: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, why) in NOWHERE {
        let found = tree.lines().filter_map(|line| line.split_once(' ')).find(|(found, _)| found == name);
        if let Some((_, version)) = found {
            let version = version.split(' ').next().unwrap_or_default();
            problems.push(format!("{name} {version} is in the tree: {why}; see `cargo tree -i {name}`"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_is_red_and_its_namesakes_are_not() {
        assert!(check("rustls v0.23.35\nring-buffer v1.0.0\nopenssl-probe v0.2.0\n").is_empty());
        let problems = check("rustls v0.23.35\nring v0.17.14\nring v0.17.14 (*)\n");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("ring v0.17.14 is in the tree"), "{problems:?}");
    }
}
