//! Every folder of `fixtures` through the mapping: request → arguments of the procedure, row → reply.
//!
//! A folder without a call ends before it. Arguments and rows are written as text, and are windows-1256 where the database
//! holds them so (`{"utf8": …}` for what it should not hold). Replies hold nothing but their result.

use std::fs;
use std::path::{Path, PathBuf};

use jisr_adapter::connectors::sql::{Argument, HeldAs, LegacyText, Row, Value};
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Outcome;
use jisr_adapter::proto::adapter::v1::{Failed, FaultClass, InDoubt, LegReply, LegRequest};
use jisr_adapter::proto::json::{from_json, to_json};
use jisr_adapter::{Answer, CallFault, Manifest, Reference};
use jisr_economy::error::Verdict;
use jisr_economy::mapping;
use jisr_economy::messages::{Decision, Status};
use serde_json::Value as Json;

/// Columns of a row that come as bytes of the department's code page.
const LEGACY_COLUMNS: [usize; 2] = [5, 6];

fn text() -> LegacyText {
    LegacyText::new("windows-1256", HeldAs::Latin1).expect("it is known")
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = |path: PathBuf| fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<_> = folders(root).flat_map(folders).collect();
    cases.sort();
    cases
}

fn file(case: &Path, name: &str) -> String {
    fs::read_to_string(case.join(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
}

fn message<T: prost::Message + Default + prost::Name>(case: &Path, name: &str) -> T {
    from_json(&file(case, name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
}

/// The arguments as a fixture writes them.
fn written(arguments: &[Argument]) -> Json {
    let value = |argument: &Argument| -> Json {
        match argument {
            Argument::Text(value) => value.clone().into(),
            Argument::Integer(value) => (*value).into(),
            Argument::Bytes(value) => value.as_deref().map(|bytes| text().decode(bytes).expect("windows-1256")).into(),
        }
    };
    arguments.iter().map(value).collect()
}

/// The row as the database gives it.
fn row(case: &Path) -> Row {
    let columns: Vec<Json> = serde_json::from_str(&file(case, "row.json")).expect("a list");
    let value = |(place, column): (usize, &Json)| match column {
        Json::Null => Value::Null,
        Json::Number(number) => Value::Integer(number.as_i64().expect("a whole number")),
        Json::String(value) if LEGACY_COLUMNS.contains(&place) => {
            Value::Bytes(text().encode(value).expect("windows-1256 has it"))
        }
        Json::String(value) => Value::Text(value.clone()),
        other => Value::Bytes(other["utf8"].as_str().expect("UTF-8").into()),
    };
    Row(columns.iter().enumerate().map(value).collect())
}

fn run(case: &Path) -> Result<Answer, CallFault> {
    let request: LegRequest = message(case, "request.json");
    let arguments = match request.operation.as_str() {
        "licence-issue" => mapping::issue(&request, text()).map(|issue| issue.arguments()),
        _ => mapping::renewal(&request, text()).map(|renewal| renewal.arguments()),
    };
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(problem) => {
            assert!(!case.join("call.json").exists(), "{}: {problem:?}", case.display());
            return problem.into_answer();
        }
    };
    let expected: Json = serde_json::from_str(&file(case, "call.json")).expect("JSON");
    assert_eq!(written(&arguments), expected, "{}", case.display());
    let reference = Reference::of(&request).expect("a reference");
    match Decision::read(&row(case), 0, text()) {
        Ok(decision) => Ok(mapping::answer(&decision, &reference)),
        Err(why) => Verdict::unreadable(&why).into_answer(),
    }
}

fn outcome(result: Result<Answer, CallFault>) -> Outcome {
    match result {
        Ok(Answer::Succeeded(succeeded)) => Outcome::Succeeded(*succeeded),
        Ok(Answer::InProgress(in_progress)) => Outcome::InProgress(in_progress),
        Ok(Answer::Refused(refused)) => Outcome::Refused(refused),
        Ok(Answer::InformationRequired(required)) => Outcome::InformationRequired(required),
        Err(CallFault::Doubtful { detail }) => Outcome::InDoubt(InDoubt { certain_after: None, detail }),
        Err(CallFault::NotDone(fault)) => {
            let class = FaultClass::from_str_name(&format!("FAULT_CLASS_{}", fault.class.as_str().to_uppercase()));
            Outcome::Failed(Failed {
                fault_class: class.expect("each class has its name on the wire").into(),
                code: fault.code.to_string(),
                detail: fault.detail.as_deref().unwrap_or_default().to_owned(),
                retry_after: None,
                field: fault.field.as_deref().unwrap_or_default().to_owned(),
            })
        }
    }
}

#[test]
fn every_fixture_maps_as_written() {
    let cases = cases();
    assert!(cases.len() >= 30, "only {} fixtures found", cases.len());
    for case in cases {
        let reply = LegReply { result: Some(outcome(run(&case))), ..LegReply::default() };
        let expected: LegReply = message(&case, "reply.json");
        assert_eq!(to_json(&reply, true), to_json(&expected, true), "{}", case.display());
        assert!(expected.result.is_some(), "{}", case.display());
    }
}

#[test]
fn the_manifest_is_usable_and_promises_no_less_than_the_database_is_told() {
    let manifest = Manifest::from_toml(jisr_economy::MANIFEST).expect("it is right");
    let names: Vec<_> = manifest.operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(names, ["licence-issue", "licence-renew"]);
    for operation in &manifest.operations {
        let config = "address = \"mariadb://x/y\"\nusername = \"j\"\npassword = { env = \"PATH\" }";
        let config: jisr_economy::config::Config = toml::from_str(config).expect("it is right");
        let settings = config.database(operation.call_timeout).expect("it is right");
        // The last statement may begin when the work's time is all but over, and a stalled COMMIT arrives before the far side
        // gives the transaction up, or never.
        let latest = settings.work_timeout * 2 + settings.abandoned_after;
        assert!(latest < operation.ends_within, "{latest:?}");
        assert!(settings.work_timeout + settings.commit_timeout < operation.call_timeout);
    }
}

#[test]
fn what_we_revoked_ourselves_is_no_news() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/licence-issue/revoked-by-department");
    let mut decision = Decision::read(&row(&case), 0, text()).expect("it is readable");
    let reference = Reference::of(&message::<LegRequest>(&case, "request.json")).expect("a reference");
    assert!(matches!(mapping::own_word(&decision, &reference), Some(Answer::Refused(_))));
    decision.code = Some("PARTNER".into());
    assert_eq!(mapping::own_word(&decision, &reference), None);
    decision.status = Status::Pending;
    assert_eq!(mapping::own_word(&decision, &reference), None);
}
