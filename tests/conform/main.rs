//! The conformance kit as an author uses it: the program, against an adapter of Rust and one of Python on the bare wire
//! contract, and against adapters that are wrong on purpose.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod trust;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jisr_testkit::jisr::binary;
use jisr_testkit::{peer, repository};
use serde_json::Value;

/// Where the Python template is.
fn template() -> PathBuf {
    repository().join("crates/conform/templates/python")
}

/// `jisr adapter conform` with these arguments and the tests' Python.
fn conform(cases: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(["adapter", "conform", "--json", "--cases"]).arg(cases);
    command.arg("--value").arg(format!("python={}", peer::python().display())).args(more);
    command.output().unwrap()
}

fn report(output: &Output) -> Value {
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}\n{complaint}"))
}

/// The checks of a report that did not pass, each with what was wrong.
fn failures(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap();
    let failed = findings.iter().filter(|finding| finding["outcome"] != "passed");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    failed.map(|finding| (text(&finding["check"]), text(&finding["detail"]))).collect()
}

#[test]
fn the_python_adapter_without_an_sdk_conforms() {
    let done = conform(&template().join("conformance"), &[]);
    let report = report(&done);
    assert_eq!(failures(&report), [], "{report:#}");
    assert_eq!((done.status.code(), &report["passed"]), (Some(0), &Value::Bool(true)));
    assert!(report["findings"].as_array().unwrap().len() > 30, "{report:#}");
}

/// What each wrong must be found by, and by nothing that has not to do with it.
fn found_out(wrongs: &str, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("conformance");
    copy(&template().join("conformance"), &cases);
    let declared = std::fs::read_to_string(cases.join("conformance.toml")).unwrap();
    let wrong = repository().join("tests/conform/wrong.py");
    let arguments = format!("[\"{}\", \"{}\", \"{wrongs}\"]", wrong.display(), template().display());
    let simulator = template().join("simulator.py");
    let declared =
        declared.replace("[\"{adapter}\"]", &arguments).replace("../simulator.py", &simulator.display().to_string());
    std::fs::write(cases.join("conformance.toml"), declared).unwrap();
    let done = conform(&cases, &[]);
    let report = report(&done);
    let failures = failures(&report);
    let found: BTreeSet<&str> = failures.iter().map(|(check, _)| check.as_str()).collect();
    assert_eq!(found, expected.iter().copied().collect(), "{failures:#?}");
    assert_eq!((done.status.code(), &report["passed"]), (Some(9), &Value::Bool(false)));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn an_adapter_that_repeats_and_comes_too_late_is_found_out() {
    found_out(
        "executes_redeliveries,ignores_fences,loses_the_trace",
        &["fence", "redelivered", "republished", "redelivered-late", "copy", "killed-in-call", "trace"],
    );
}

#[test]
fn an_adapter_that_forgets_and_denies_is_found_out() {
    found_out(
        "acknowledges_before_replying,denies_what_may_have_happened,never_compares_operations",
        &[
            "slow-system",
            "lost-answer",
            "garbage-answer",
            "bad-charset",
            "huge-answer",
            "killed-in-call",
            "unknown-operation",
        ],
    );
}

#[test]
fn what_cannot_be_examined_is_said_and_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    for (text, says) in [
        ("department = \"library\"\n", "missing field `system`"),
        ("department = \"library\"\n[system]\naddress = \"127.0.0.1:1\"\neffects = []\n", "system.effects"),
    ] {
        std::fs::write(folder.path().join("conformance.toml"), text).unwrap();
        let done = Command::new(binary()).args(["adapter", "conform", "x", "--cases"]).arg(folder.path()).output();
        let done = done.unwrap();
        let complaint = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{complaint}");
        assert!(complaint.contains(says), "{complaint}");
    }
}
