//! Every folder of `fixtures/<operation>` through the mapping: request → SOAP request, SOAP response → reply.
//!
//! A folder without SOAP files ends before the call. Replies hold nothing but their result.

use std::fs;
use std::path::{Path, PathBuf};

use jisr_adapter::connectors::soap::{AnswerLimits, Element, Node, SoapError, decode, read_answer, write_envelope};
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Outcome;
use jisr_adapter::proto::adapter::v1::{Failed, FaultClass, InDoubt, LegReply, LegRequest};
use jisr_adapter::proto::json::{from_json, to_json};
use jisr_adapter::{Answer, CallFault, Manifest};
use jisr_municipality::config::ElementForm;
use jisr_municipality::error::Verdict;
use jisr_municipality::mapping::Service;
use jisr_municipality::{MANIFEST, mapping, messages};

fn cases(service: Service) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(service.operation());
    let mut cases: Vec<_> =
        fs::read_dir(root).expect("the folder of fixtures").map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    cases
}

/// Reads an envelope from bytes as they came; indentation between elements does not count.
fn envelope(bytes: &[u8]) -> Result<Element, SoapError> {
    let text = decode(bytes, None).expect("the charset is declared");
    match read_answer(&text, AnswerLimits::default()).expect("the fixture is an envelope") {
        Ok(body) => Ok(without_indentation(body)),
        Err(fault) => Err(SoapError::Fault(Box::new(fault))),
    }
}

fn without_indentation(mut element: Element) -> Element {
    let holds_elements = element.elements().next().is_some();
    element.children.retain(|node| !(holds_elements && matches!(node, Node::Text(text) if text.trim().is_empty())));
    element.children = element
        .children
        .into_iter()
        .map(|node| match node {
            Node::Element(child) => Node::Element(without_indentation(child)),
            text @ Node::Text(_) => text,
        })
        .collect();
    // An empty text and none are the same on the wire.
    element.children.retain(|node| !matches!(node, Node::Text(text) if text.is_empty()));
    element
}

fn file(case: &Path, name: &str) -> Vec<u8> {
    fs::read(case.join(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
}

fn message<T: prost::Message + Default + prost::Name>(case: &Path, name: &str) -> T {
    let text = String::from_utf8(file(case, name)).expect("JSON is UTF-8");
    from_json(&text).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
}

fn run(service: Service, case: &Path) -> Result<Answer, CallFault> {
    let request: LegRequest = message(case, "request.json");
    assert_eq!(Service::of(&request), Some(service), "{}", case.display());
    let submission = match service.submission(&request) {
        Ok(submission) => submission,
        Err(problem) => {
            assert!(!case.join("soap-request.xml").exists(), "{}: {problem:?}", case.display());
            return problem.into_answer();
        }
    };
    let written = write_envelope(&[], &messages::submit(&submission, ElementForm::Qualified)).expect("it fits XML");
    let expected = envelope(&file(case, "soap-request.xml")).expect("a request");
    assert!(
        envelope(&written).expect("a request") == expected,
        "{}: wrote {}",
        case.display(),
        String::from_utf8_lossy(&written)
    );

    match envelope(&file(case, "soap-response.xml")) {
        Err(error) => Verdict::from(error).into_answer(),
        Ok(body) => match messages::noc_result(&body) {
            Ok(result) => mapping::answer(service, &result, &request),
            Err(why) => Verdict::unreadable(&why).into_answer(),
        },
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
    for (service, least) in [(Service::BuildingNoc, 20), (Service::FoodPermit, 8), (Service::Tenancy, 8)] {
        let cases = cases(service);
        assert!(cases.len() >= least, "only {} fixtures of {service:?} found", cases.len());
        for case in cases {
            let reply = LegReply { result: Some(outcome(run(service, &case))), ..LegReply::default() };
            let expected: LegReply = message(&case, "reply.json");
            assert_eq!(to_json(&reply, true), to_json(&expected, true), "{}", case.display());
            assert!(expected.result.is_some(), "{}", case.display());
        }
    }
}

#[test]
fn the_manifest_has_the_operations_that_are_mapped_and_no_others() {
    let manifest = Manifest::from_toml(MANIFEST).expect("the manifest is right");
    let mut mapped = Service::ALL.map(Service::operation);
    mapped.sort_unstable();
    let named: Vec<_> = manifest.operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(named, mapped);
}

#[test]
fn the_reference_outlives_attempts_and_tells_legs_apart() {
    let request = |leg: &str, attempt| LegRequest {
        reference_no: "JS-26-4K7Q-9".into(),
        leg: leg.into(),
        attempt,
        ..LegRequest::default()
    };
    let reference = |leg, attempt| mapping::our_reference(&request(leg, attempt));
    assert_eq!(reference("site-noc", 1).as_deref(), Ok("JS-26-4K7Q-9/site-noc"));
    assert_eq!(reference("site-noc", 1), reference("site-noc", 7));
    assert_ne!(reference("site-noc", 1), reference("fence-noc", 1));
    assert!(reference("", 1).is_err());
    assert!(reference(&"x".repeat(70), 1).is_err(), "longer than the column");
}
