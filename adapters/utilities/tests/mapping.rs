//! Every folder of `fixtures` through the mapping: request → record, decision → reply.
//!
//! A folder without a record ends before the hand-over. `meaning.txt` stands in place of a reply where a decision is not the
//! end of the matter. Records are kept as UTF-8, one character for each byte of the file.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use jisr_adapter::connectors::charset::CodePage;
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Outcome;
use jisr_adapter::proto::adapter::v1::{Failed, FaultClass, LegReply, LegRequest};
use jisr_adapter::proto::json::{from_json, to_json};
use jisr_adapter::{Answer, CallFault};
use jisr_utilities::{mapping, records};

const BATCH: &str = "J1772350498417-0a1b2c3d";

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = |path: PathBuf| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = folders(root).flat_map(folders).collect();
    cases.sort();
    cases
}

fn line(case: &Path, name: &str) -> Option<String> {
    fs::read_to_string(case.join(name)).ok().map(|text| text.trim_end_matches('\n').to_owned())
}

fn message<T: prost::Message + Default + prost::Name>(case: &Path, name: &str) -> T {
    let text = line(case, name).unwrap_or_else(|| panic!("{}/{name} is missing", case.display()));
    from_json(&text).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
}

/// A result file with one decision, as the mainframe writes it.
fn result_file(decision: &str) -> Vec<u8> {
    let records = [
        format!("{:300}", format!("RCISJISR1{BATCH:24}20260302011500")),
        decision.to_owned(),
        format!("{:300}", "Z000001000001000000"),
    ];
    records
        .iter()
        .flat_map(|record| [CodePage::WINDOWS_1256.encode(record).unwrap(), b"\r\n".to_vec()].concat())
        .collect()
}

fn run(case: &Path) -> Option<Result<Answer, CallFault>> {
    let request: LegRequest = message(case, "request.json");
    let application = match mapping::application(&request) {
        Ok(application) => application,
        Err(problem) => {
            assert!(!case.join("record.txt").exists(), "{}: {problem:?}", case.display());
            return Some(problem.into_answer());
        }
    };
    let written = CodePage::WINDOWS_1256.decode(&application.record(1).unwrap()).unwrap();
    assert_eq!(Some(written), line(case, "record.txt"), "{}", case.display());

    let results = records::results(&result_file(&line(case, "decision.txt").unwrap())).unwrap();
    assert_eq!((results.batch.as_str(), results.unreadable.len()), (BATCH, 0));
    let decision = &results.decisions[0];
    let answer = mapping::answer(decision, &results.batch);
    let meaning = line(case, "meaning.txt");
    assert_eq!(meaning.is_none(), answer.is_some(), "{}", case.display());
    if let Some(meaning) = meaning {
        assert_eq!(format!("{:?}", mapping::meaning(decision)), meaning, "{}", case.display());
    }
    answer.map(Ok)
}

fn outcome(result: Result<Answer, CallFault>) -> Outcome {
    match result {
        Ok(Answer::Succeeded(succeeded)) => Outcome::Succeeded(*succeeded),
        Ok(Answer::Refused(refused)) => Outcome::Refused(refused),
        Ok(Answer::InformationRequired(required)) => Outcome::InformationRequired(required),
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
        other => panic!("no mapping ends in {other:?}"),
    }
}

#[test]
fn every_fixture_maps_as_written() {
    let cases = cases();
    assert!(cases.len() >= 20, "only {} fixtures found", cases.len());
    for case in cases {
        let Some(result) = run(&case) else { continue };
        let reply = LegReply { result: Some(outcome(result)), ..LegReply::default() };
        let expected: LegReply = message(&case, "reply.json");
        assert_eq!(to_json(&reply, true), to_json(&expected, true), "{}", case.display());
        assert!(expected.result.is_some(), "{}", case.display());
    }
}

#[test]
fn every_code_has_its_meaning() {
    use mapping::Meaning::{Again, Done, Refused, Unknown};
    let case = cases().into_iter().find(|case| case.join("decision.txt").exists()).unwrap();
    let file = result_file(&line(&case, "decision.txt").unwrap());
    let decision = records::results(&file).unwrap().decisions.remove(0);
    for (accepted, code, expected) in [
        (true, "", Done),
        (true, "R10", Done),
        (false, "T01", Again),
        (false, "T99", Again),
        (false, "R13", Refused),
        (false, "R00", Refused),
        (false, "T1", Unknown),
        (false, "T001", Unknown),
        (false, "r10", Unknown),
        (false, "R1٠", Unknown),
        (false, "؟", Unknown),
    ] {
        let decision = records::Decision { accepted, code: code.into(), ..decision.clone() };
        assert_eq!(mapping::meaning(&decision), expected, "{accepted} {code}");
        assert_eq!(mapping::answer(&decision, BATCH).is_some(), matches!(expected, Done | Refused), "{code}");
    }
}

#[test]
fn an_operation_of_nobody_is_unsupported() {
    let case = cases().remove(0);
    let request = LegRequest { operation: "meter-reading".into(), ..message(&case, "request.json") };
    assert_eq!(mapping::application(&request), Err(mapping::Problem::Operation));
}

#[test]
fn a_batch_of_ours_gives_its_references_back() {
    let request: LegRequest = message(&cases()[0], "request.json");
    let application = mapping::application(&request).unwrap();
    let created = jiff::civil::date(2026, 3, 1).at(11, 34, 58, 0);
    let file = records::batch(BATCH, 1_772_350_498_417, created, [&application, &application].into_iter()).unwrap();
    assert_eq!(file.len(), 4 * 302);
    let total = 2 * application.premises.parse::<u64>().unwrap();
    let trailer = format!("T000002{total:015}");
    assert!(file[3 * 302..].starts_with(trailer.as_bytes()));
    assert_eq!(records::references(&file).unwrap(), [application.reference.clone(), application.reference.clone()]);
    assert!(records::references(&file[..600]).is_err());
}
