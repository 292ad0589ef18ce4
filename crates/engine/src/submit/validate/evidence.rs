//! The form's answers and the documents that prove them.

use jisr_core::problem::{Rule, Thing, Violation};
use jisr_core::time::Timestamp;
use jisr_proto::v1;
use prost_types::Struct;
use serde_json::{Map, Value};

use super::super::struct_json;
use super::found::Found;
use super::path::{Path, ROOT};
use super::text::{choice, date, few, line, localized, past_date, repeated, required};
use crate::catalogue::Service;

const MAX_EVIDENCE: usize = 100;
const MAX_TITLE: usize = 300;
const MAX_NAME: usize = 200;
const MAX_URI: usize = 2_048;
/// RFC 6838, section 4.2: two names of 127 characters at most.
const MAX_MEDIA_TYPE: usize = 255;

/// Checks the answers against the service's form; none at all count as an empty form.
pub(super) fn answers(given: Option<&Struct>, service: Option<&Service>, found: &mut Found<'_>) {
    let answers = given.map_or_else(|| Ok(Value::Object(Map::new())), struct_json::to_json);
    match (answers, service) {
        (Err(unfit), _) => data(unfit, ROOT.field("answers"), found),
        (Ok(answers), Some(service)) => {
            for wrong in service.check_answers(&answers) {
                found.violation(|| wrong);
            }
        }
        (Ok(_), None) => {}
    }
}

fn data(unfit: struct_json::Unfit, path: Path<'_>, found: &mut Found<'_>) {
    found.violation(|| Violation::new(format!("{path}{}", unfit.path), unfit.rule));
}

/// Checks the documents, and that none is missing which the service cannot do without.
pub(super) fn evidence<'c>(
    list: &mut [v1::Evidence],
    service: Option<&'c Service>,
    now: Timestamp,
    found: &mut Found<'c>,
) {
    if !few(list, MAX_EVIDENCE, ROOT.field("evidence"), found) {
        return;
    }
    for index in 0..list.len() {
        let path = ROOT.item("evidence", index);
        let given = &mut list[index];
        required(&mut given.requirement, MAX_NAME, path.field("requirement"), found);
        required(&mut given.evidence_type, MAX_NAME, path.field("evidence_type"), found);
        if let Some(service) = service {
            asked_for(given, service, path, found);
        }
        line(&mut given.name, MAX_NAME, path.field("name"), found);
        localized(&mut given.title, MAX_TITLE, path, "title", found);
        match &mut given.document {
            Some(given) => document(given, path.field("document"), found),
            // In the party's wallet, or given as data.
            None if !given.name.is_empty() || given.structured.is_some() => {}
            None => found.wrong(path.field("document"), Rule::Required),
        }
        if let Some(Err(unfit)) = given.structured.as_ref().map(struct_json::to_json) {
            data(unfit, path.field("structured"), found);
        }
        choice(given.source, v1::EvidenceSource::as_str_name, path.field("source"), found);
        line(&mut given.issuer, MAX_NAME, path.field("issuer"), found);
        past_date(given.issue_date.as_ref(), path.field("issue_date"), now, found);
        date(given.expire_date.as_ref(), path.field("expire_date"), found);
        if repeated(list, index, |a, b| a.requirement == b.requirement && !a.requirement.is_empty()) {
            found.wrong(path.field("requirement"), Rule::Duplicate);
        }
    }
    let mandatory = service.into_iter().flat_map(|service| &service.evidence).filter(|asked| asked.mandatory);
    for asked in mandatory.filter(|asked| !list.iter().any(|given| given.requirement == asked.requirement)) {
        found.missing(asked);
    }
}

/// What nobody asked for is not collected.
fn asked_for(given: &v1::Evidence, service: &Service, path: Path<'_>, found: &mut Found<'_>) {
    if given.requirement.is_empty() {
        return;
    }
    let Some(asked) = service.evidence.iter().find(|asked| asked.requirement == given.requirement) else {
        let allowed = service.evidence.iter().map(|asked| asked.requirement.clone()).collect();
        return found.wrong(path.field("requirement"), Rule::NotOneOf { allowed });
    };
    if !given.evidence_type.is_empty() && !asked.evidence_types.contains(&given.evidence_type) {
        let allowed = asked.evidence_types.clone();
        found.wrong(path.field("evidence_type"), Rule::NotOneOf { allowed });
    }
}

fn document(given: &mut v1::Document, path: Path<'_>, found: &mut Found<'_>) {
    required(&mut given.uri, MAX_URI, path.field("uri"), found);
    if !given.uri.is_empty() && (!given.uri.contains(':') || given.uri.contains(char::is_whitespace)) {
        found.wrong(path.field("uri"), Rule::Malformed { what: Thing::Uri });
    }
    if given.sha256.is_empty() {
        found.wrong(path.field("sha256"), Rule::Required);
    } else if given.sha256.len() != 64 || !given.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        found.wrong(path.field("sha256"), Rule::Malformed { what: Thing::Sha256 });
    }
    given.sha256.make_ascii_lowercase();
    required(&mut given.mime_type, MAX_MEDIA_TYPE, path.field("mime_type"), found);
    if !given.mime_type.is_empty() && !given.mime_type.contains('/') {
        found.wrong(path.field("mime_type"), Rule::Pattern { expected: "application/pdf".to_owned() });
    }
    if given.size_bytes < 0 {
        found.wrong(path.field("size_bytes"), Rule::OutOfRange { min: Some("0".to_owned()), max: None });
    }
}
