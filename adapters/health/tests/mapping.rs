//! Every folder of `fixtures` through the mapping: request → order, acknowledgement → reply; result → reply or problem.
//!
//! An order's folder without `order.hl7` ends before the call; a result's without either ends with nothing to bring.
//! Replies hold nothing but their result. Lines stand for segments.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use jisr_adapter::connectors::mllp::{Acknowledgement, CharacterSet, Limits, Message, Verdict as Said};
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Outcome;
use jisr_adapter::proto::adapter::v1::{Failed, FaultClass, InDoubt, LegReply, LegRequest};
use jisr_adapter::proto::json::{from_json, to_json};
use jisr_adapter::{Answer, CallFault};
use jisr_health::error::Verdict;
use jisr_health::messages::{Mode, Site};
use jisr_health::{mapping, messages, results};

fn site(charset: CharacterSet) -> Site {
    let parties = ["JISR", "JISR", "HIS", "DHA"].map(str::to_owned);
    Site { parties, processing: "P".to_owned(), charset, mode: Mode::Original, order_number_limit: 50 }
}

fn cases(of: &str, at_least: usize) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(of);
    let mut cases: Vec<_> =
        fs::read_dir(root).expect("the folder of fixtures").map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    assert!(cases.len() >= at_least, "only {} fixtures found", cases.len());
    cases
}

fn file(case: &Path, name: &str) -> Option<String> {
    fs::read_to_string(case.join(name)).ok()
}

fn message<T: prost::Message + Default + prost::Name>(case: &Path, name: &str) -> T {
    let text = file(case, name).unwrap_or_else(|| panic!("{}/{name} is missing", case.display()));
    from_json(&text).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
}

fn hl7(text: &str) -> Message {
    Message::parse(text.as_bytes(), CharacterSet::UTF_8, Limits::default()).expect("the fixture is a message")
}

fn run(case: &Path) -> Result<Answer, CallFault> {
    let request: LegRequest = message(case, "request.json");
    let order = match mapping::order(&request, &site(CharacterSet::UTF_8)) {
        Ok(order) => order,
        Err(problem) => {
            assert!(!case.join("order.hl7").exists(), "{}: {problem:?}", case.display());
            return problem.into_answer();
        }
    };
    let written = messages::new_order(&order, &site(CharacterSet::UTF_8)).to_text().replace('\r', "\n");
    assert_eq!(written, file(case, "order.hl7").expect("an order"), "{}", case.display());
    let acknowledgement = hl7(&file(case, "acknowledgement.hl7").expect("an acknowledgement"));
    let acknowledgement = Acknowledgement::read(&acknowledgement).expect("an acknowledgement");
    assert_eq!(acknowledgement.control_id, order.control_id, "{}", case.display());
    match Verdict::of(&acknowledgement) {
        Ok(()) | Err(Verdict::AlreadyTaken) => Ok(mapping::taken(&order.reference)),
        Err(verdict) => verdict.into_answer(),
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

fn compare(case: &Path, result: Result<Answer, CallFault>) {
    let reply = LegReply { result: Some(outcome(result)), ..LegReply::default() };
    let expected: LegReply = message(case, "reply.json");
    assert_eq!(to_json(&reply, true), to_json(&expected, true), "{}", case.display());
    assert!(expected.result.is_some(), "{}", case.display());
}

#[test]
fn every_order_maps_as_written() {
    for case in cases("fitness-order", 25) {
        compare(&case, run(&case));
    }
}

#[test]
fn every_result_maps_as_written() {
    for case in cases("fitness-result", 16) {
        let read = results::read(&hl7(&file(&case, "result.hl7").expect("a result")));
        if let Some(problem) = file(&case, "problem.txt") {
            let Err(Said::Wrong(wrong)) = read else { panic!("{}: {read:?}", case.display()) };
            let (segment, field) = wrong.location.expect("a place");
            assert_eq!(format!("{} {segment}-{field} {}\n", wrong.code.0, wrong.detail), problem, "{}", case.display());
            continue;
        }
        let mut found = read.unwrap_or_else(|said| panic!("{}: {said:?}", case.display()));
        if case.join("reply.json").exists() {
            assert_eq!(found.len(), 1, "{}", case.display());
            let (reference, answer, answered) = found.remove(0);
            assert_eq!(reference.leg.as_str(), "medical");
            // 10:14 in Dubai, which the message need not say.
            assert_eq!(answered.map(|time| time.as_millis()), Some(1_772_432_040_000), "{}", case.display());
            compare(&case, Ok(answer));
        } else {
            assert!(found.is_empty(), "{}", case.display());
        }
    }
}

#[test]
fn what_was_found_stays_at_the_hospital() {
    for case in cases("fitness-result", 16) {
        let Some(reply) = file(&case, "reply.json") else { continue };
        for word in ["HIV", "سلبي", "إيجابي", "سل رئوي", "tuberculosis"] {
            assert!(!reply.contains(word), "{}: {word}", case.display());
        }
    }
}

#[test]
fn a_message_of_another_kind_is_not_wanted() {
    let text = "MSH|^~\\&|HIS|DHA|JISR|JISR|1||ADT^A01^ADT_A01|1|P|2.5.1||||||UNICODE UTF-8\nPID|1";
    assert!(matches!(results::read(&hl7(text)), Err(Said::Unwanted(_))));
}

#[test]
fn the_numbers_of_an_order_outlive_deliveries_and_tell_legs_apart() {
    let case = &cases("fitness-order", 1)[0].with_file_name("taken-arabic");
    let order = |change: &dyn Fn(&mut LegRequest)| {
        let mut request: LegRequest = message(case, "request.json");
        change(&mut request);
        mapping::order(&request, &site(CharacterSet::UTF_8)).map(|order| (order.reference, order.control_id))
    };
    let first = order(&|_| {}).unwrap();
    assert_eq!((first.0.len(), first.1.len()), (34, 20));
    assert_eq!(order(&|request| request.attempt = 7).unwrap().0, first.0);
    let other = order(&|request| request.message_id = "5a0c9f0e-3a57-4e0c-8d6a-0c4f3b1f9e12".to_owned()).unwrap();
    assert_eq!(other.0, first.0, "another attempt is the same order");
    assert_ne!(other.1, first.1, "in another message");
    assert_ne!(order(&|request| request.leg = "medical-2".to_owned()).unwrap().0, first.0);
    assert!(order(&|request| request.leg = "a".repeat(30)).is_err(), "longer than the hospital keeps");
    assert!(order(&|request| request.message_id.clear()).is_err());
}

#[test]
fn what_the_sites_character_set_lacks_is_named_before_anything_is_sent() {
    let case = &cases("fitness-order", 1)[0].with_file_name("taken-arabic");
    for (charset, name, stranger) in [
        (CharacterSet::ISO_8859_6, "گلناز کریمی", "U+06AF, which 8859/6"),
        (CharacterSet::WINDOWS_1256, "Иван Петров", "U+0418, which windows-1256"),
        (CharacterSet::WINDOWS_1256, "مريم 👩", "U+1F469, which windows-1256"),
    ] {
        let mut request: LegRequest = message(case, "request.json");
        assert!(mapping::order(&request, &site(charset)).is_ok());
        let applicant = request.input.as_mut().unwrap().applicant.as_mut().unwrap();
        let Some(jisr_adapter::proto::v1::party::Kind::Person(person)) = applicant.kind.as_mut() else {
            panic!("the applicant is a person")
        };
        person.names[0].given_name = name.to_owned();
        let Err(problem) = mapping::order(&request, &site(charset)) else { panic!("{name} cannot be written") };
        let CallFault::NotDone(fault) = problem.into_fault() else { panic!("a mapping is never in doubt") };
        assert_eq!((&*fault.code, fault.field.as_deref()), ("MAPPING_LOSS", Some("applicant.person.names")));
        assert!(fault.detail.unwrap().contains(stranger));
    }
}

#[test]
fn an_order_is_the_same_in_every_character_set() {
    let case = &cases("fitness-order", 1)[0].with_file_name("special-characters");
    let request: LegRequest = message(case, "request.json");
    for charset in [CharacterSet::UTF_8, CharacterSet::ISO_8859_6, CharacterSet::WINDOWS_1256] {
        let order = mapping::order(&request, &site(charset)).unwrap_or_else(|problem| panic!("{problem:?}"));
        let bytes = messages::new_order(&order, &site(charset)).to_bytes().unwrap();
        let read = Message::parse(&bytes, CharacterSet::UTF_8, Limits::default()).unwrap();
        assert_eq!(read.field("MSH", 18).text(), charset.label());
        assert_eq!(read.field("PID", 5).component(1).text(), "عبد الله \\ بن | سعيد ^ & ~ الراشدي");
    }
}
