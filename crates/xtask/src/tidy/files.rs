//! Every tracked file: its opening line, its length, nothing unfinished in it, and nothing of one person's machine.

use super::table::{LOCAL, MAX_LINES, UNFINISHED};

/// One line for each thing wrong with a file; `root` is where this checkout lies.
pub(super) fn check(name: &str, text: &str, root: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if name.ends_with(".rs") {
        if !text.starts_with("//! ") {
            problems.push(format!("{name}:1: begin with `//! ` and say what lives here"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            problems.push(format!("{name}:{MAX_LINES}: {lines} lines; split it, {MAX_LINES} is the most"));
        }
    }
    for (at, line) in text.lines().enumerate() {
        let at = at + 1;
        if name.ends_with(".rs") {
            for (mark, what) in UNFINISHED.iter().filter(|(mark, _)| line.contains(mark)) {
                problems.push(format!("{name}:{at}: {mark}: {what}"));
            }
        }
        for mark in LOCAL.iter().filter(|mark| has_mark(line, mark)) {
            problems.push(format!("{name}:{at}: {mark}: belongs to one machine"));
        }
        // A root such as `/src` would be found in every file and says nothing of anybody.
        if root.matches('/').count() >= 2 && line.contains(root) {
            problems.push(format!("{name}:{at}: {root}: belongs to one machine"));
        }
    }
    problems
}

/// A path counts where it begins: `https://host/home/` is an address, not a person's folder.
fn has_mark(line: &str, mark: &str) -> bool {
    let begins = |at: usize| {
        let before = line[..at].chars().next_back();
        !mark.starts_with('/') || before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '}'))
    };
    line.match_indices(mark).any(|(at, _)| begins(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(name: &str, text: &str, expected: &[&str]) {
        let problems = check(name, text, "/builds/somebody");
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, part) in problems.iter().zip(expected) {
            assert!(problem.contains(part), "{problem}, expected {part}");
        }
    }

    #[test]
    fn a_good_file_is_green() {
        check_one("a.rs", "//! What lives here.\nfn main() {}\n", &[]);
        check_one("a.md", "See https://example.ae/home/ and crates.io.\n", &[]);
    }

    #[test]
    fn each_violation_is_red() {
        check_one("a.rs", "fn main() {}\n", &["a.rs:1: begin with"]);
        check_one("a.rs", &format!("//! x\n{}", "\n".repeat(MAX_LINES)), &["501 lines"]);
        check_one("a.rs", &format!("//! x\n{}\"later\");\n", concat!("todo", "!(")), &["a.rs:2: "]);
        check_one("a.rs", &format!("//! x\n{}]\n", concat!("#[ig", "nore")), &["does not run"]);
        check_one("a.toml", concat!("path = \"/ho", "me/x/data\"\n"), &["belongs to one machine"]);
        check_one("a.md", &format!("{}.ssh\n", concat!("/ro", "ot/")), &["belongs to one machine"]);
        check_one("package-lock.json", concat!("\"resolved\": \"https://registry.", "npmjs.org/x\"\n"), &["machine"]);
        check_one("a.md", "cd /builds/somebody/target\n", &["/builds/somebody: belongs"]);
    }
}
