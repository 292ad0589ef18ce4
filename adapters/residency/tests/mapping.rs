//! Every folder of `fixtures/<operation>` through the mapping: request → entity, answer of the service → reply.
//!
//! A folder without OData files ends before the call. Replies hold nothing but their result.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jisr_adapter::connectors::odata::{Json, JsonLimits, ODataError, ServiceError, read_json};
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Outcome;
use jisr_adapter::proto::adapter::v1::{Failed, FaultClass, InDoubt, LegReply, LegRequest};
use jisr_adapter::proto::json::{from_json, to_json};
use jisr_adapter::{Answer, CallFault, Reference};
use jisr_residency::error::Verdict;
use jisr_residency::{mapping, messages};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = |path: &Path| {
        let entries = fs::read_dir(path).expect("a folder of fixtures");
        entries.map(|entry| entry.expect("an entry").path()).collect::<Vec<_>>()
    };
    let mut cases: Vec<_> = folders(&root).iter().flat_map(|operation| folders(operation)).collect();
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
    let application = match mapping::application(&request) {
        Ok(application) => application,
        Err(problem) => {
            assert!(!case.join("odata-request.json").exists(), "{}: {problem:?}", case.display());
            return problem.into_answer();
        }
    };
    let expected: serde_json::Value = serde_json::from_str(&file(case, "odata-request.json")).expect("JSON");
    assert_eq!(application.body(), expected, "{}", case.display());

    // Read as the connector does, so that numbers are what was written.
    let response = read_json(file(case, "odata-response.json").as_bytes(), JsonLimits::default()).expect("JSON");
    let body = response.get("body").expect("a body");
    let status: u16 = response.decimal("status").and_then(|status| status.parse().ok()).expect("a status");
    if (200..300).contains(&status) {
        let record = match messages::record(body) {
            Ok(record) => record,
            Err(why) => return Verdict::unreadable(&why).into_answer(),
        };
        let answer = mapping::answer(&record, &application.reference);
        return answer.map_or_else(|why| Verdict::unreadable(&why).into_answer(), Ok);
    }
    let seconds = response.decimal("retryAfter").and_then(|seconds| seconds.parse().ok());
    let error = ODataError::Answered {
        status: http::StatusCode::from_u16(status).expect("a status"),
        retry_after: seconds.map(Duration::from_secs),
        error: body.get("error").map(|error| Box::new(service_error(error))),
    };
    Verdict::from(error).into_answer()
}

fn service_error(error: &Json) -> ServiceError {
    let text = |json: &Json, name: &str| json.text(name).unwrap_or_default().to_owned();
    let details = match error.get("details") {
        Some(Json::List(details)) => {
            details.iter().map(|detail| (text(detail, "code"), text(detail, "message"))).collect()
        }
        _ => Vec::new(),
    };
    ServiceError {
        code: text(error, "code"),
        message: text(error, "message"),
        target: text(error, "target"),
        details,
        body: error.clone(),
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
                retry_after: fault.retry_after.and_then(|delay| delay.try_into().ok()),
                field: fault.field.as_deref().unwrap_or_default().to_owned(),
            })
        }
    }
}

#[test]
fn every_fixture_maps_as_written() {
    let cases = cases();
    assert!(cases.len() >= 35, "only {} fixtures found", cases.len());
    for case in cases {
        let reply = LegReply { result: Some(outcome(run(&case))), ..LegReply::default() };
        let expected: LegReply = message(&case, "reply.json");
        assert_eq!(to_json(&reply, true), to_json(&expected, true), "{}", case.display());
        assert!(expected.result.is_some(), "{}", case.display());
    }
}

fn request(case: &str) -> LegRequest {
    message(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case), "request.json")
}

#[test]
fn the_reference_outlives_attempts_and_fits() {
    let first = request("permit-renew/approved-arabic");
    let later = LegRequest { attempt: 7, message_id: "another".into(), ..first.clone() };
    let reference = mapping::our_reference(&first).unwrap();
    assert_eq!(mapping::our_reference(&later), Ok(reference.clone()));
    let text = reference.to_string();
    assert_eq!((text.len(), text.parse::<Reference>()), (43, Ok(reference)));
    assert!(mapping::our_reference(&LegRequest::default()).is_err());
}

#[test]
fn what_is_stored_is_told_from_what_is_new() {
    let without = mapping::application(&request("permit-renew/approved-arabic")).unwrap();
    let with = mapping::application(&request("permit-renew/sponsor-file-given")).unwrap();
    let stored = read_json(without.body().to_string().as_bytes(), JsonLimits::default()).unwrap();
    assert!(without.is_stored_as(&stored));
    assert!(!with.is_stored_as(&stored));
    // The day it was submitted on says nothing new.
    let later = messages::Application { submitted: "2026-04-01T00:00:00Z".parse().unwrap(), ..without };
    assert!(later.is_stored_as(&stored));
}
