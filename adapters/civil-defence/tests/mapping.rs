//! Every folder of `fixtures/inspection` through the mapping: request → INSPECT, report → reply.
//!
//! `message.txt` and `report.txt` are in UTF-8 with line feeds, for people; a folder without them ends before the call.
//! Replies hold nothing but their result.

use std::fs;
use std::path::{Path, PathBuf};

use jisr_adapter::connectors::amqp::Charset;
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Outcome;
use jisr_adapter::proto::adapter::v1::{Failed, FaultClass as WireClass, InDoubt, LegReply, LegRequest};
use jisr_adapter::proto::json::{from_json, to_json};
use jisr_adapter::{Answer, CallFault, Reference};
use jisr_civil_defence::mapping::{self, Meaning};
use jisr_civil_defence::{error, legacy, messages};

fn charset() -> Charset {
    Charset::of("windows-1256").expect("a charset")
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inspection");
    let mut cases: Vec<_> =
        fs::read_dir(root).expect("the folder of fixtures").map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    cases
}

fn file(case: &Path, name: &str) -> String {
    fs::read_to_string(case.join(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
}

fn message<T: prost::Message + Default + prost::Name>(case: &Path, name: &str) -> T {
    from_json(&file(case, name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
}

fn run(case: &Path) -> Result<Answer, CallFault> {
    let request: LegRequest = message(case, "request.json");
    let application = match mapping::application(&request, charset()) {
        Ok(application) => application,
        Err(problem) => {
            assert!(!case.join("message.txt").exists(), "{}: {problem:?}", case.display());
            return problem.into_answer();
        }
    };
    let written = messages::inspect(&application);
    assert_eq!(written.replace("\r\n", "\n"), file(case, "message.txt"), "{}", case.display());
    let bytes = charset().encode(&written).unwrap_or_else(|lost| panic!("{}: {lost}", case.display()));
    assert_eq!(bytes.len(), written.chars().count(), "one byte is one character");
    assert_eq!(charset().decode(&bytes).as_ref(), Ok(&written));

    let text = file(case, "report.txt");
    let verb = if text.starts_with("CDI/1 ANSWER") { "ANSWER" } else { "DECISION" };
    let report = messages::report(&text, verb).map_err(|why| error::unreadable(&why))?;
    match mapping::meaning(&report, &request.leg) {
        Meaning::Answer(answer) => Ok(answer),
        // As the run loop says it to a LOOKUP.
        Meaning::Unknown => Err(CallFault::NotDone(Fault::new(FaultClass::NotFound, "NOT_FOUND"))),
        Meaning::Fault(fault) => Err(CallFault::NotDone(fault)),
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
            let class = WireClass::from_str_name(&format!("FAULT_CLASS_{}", fault.class.as_str().to_uppercase()));
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
    assert!(cases.len() >= 20, "only {} fixtures found", cases.len());
    for case in cases {
        let reply = LegReply { result: Some(outcome(run(&case))), ..LegReply::default() };
        let expected: LegReply = message(&case, "reply.json");
        assert_eq!(to_json(&reply, true), to_json(&expected, true), "{}", case.display());
        assert!(expected.result.is_some(), "{}", case.display());
    }
}

#[test]
fn a_decision_finds_its_way_home_by_its_reference_alone() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inspection/passed-arabic");
    let request: LegRequest = message(&case, "request.json");
    let text = file(&case, "report.txt");
    let (reference, report) = legacy::decision(&text).expect("a decision");
    assert_eq!(Ok(&reference), Reference::of(&request).as_ref());
    // 10:15 in Dubai.
    assert_eq!(mapping::decided(&report).map(|time| time.as_millis()), Some(1_772_518_500_000));

    let foreign = legacy::decision(&text.replace("REF=", "REF=X")).expect_err("not ours");
    assert!(foreign.starts_with("REF is not a reference of ours"), "{foreign}");
    let ours = |leg: &str, attempt| mapping::our_reference(&LegRequest { leg: leg.into(), attempt, ..request.clone() });
    assert_eq!(ours("fire-certificate", 1), ours("fire-certificate", 7), "it outlives attempts");
    assert_ne!(ours("fire-certificate", 1), ours("fire-recheck", 1), "it tells legs apart");
    assert!(ours("", 1).is_err());
    assert!(ours(&"x".repeat(60), 1).is_err(), "longer than the column");
}

#[test]
fn a_withdrawal_is_done_or_somebody_sees_to_it() {
    let report = |state: &str| {
        messages::report(&format!("CDI/1 ANSWER\nREF=R-x\nSTATE={state}\nDATE=2026-03-02 12:00\nEND=4\n"), "ANSWER")
            .expect("an answer")
    };
    let time = |answer| match answer {
        Ok(Answer::Succeeded(succeeded)) => succeeded.outcome.expect("an outcome").fields.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(time(mapping::withdrawn(&report("WITHDRAWN"))), 1);
    assert_eq!(time(mapping::withdrawn(&report("UNKNOWN"))), 0, "nothing was left to withdraw");
    for state in ["OPEN", "PASSED", "ERROR"] {
        let Err(CallFault::NotDone(fault)) = mapping::withdrawn(&report(state)) else { panic!("{state}") };
        assert_eq!((fault.class, &*fault.code), (FaultClass::Permanent, "NOT_WITHDRAWN"));
    }
}
