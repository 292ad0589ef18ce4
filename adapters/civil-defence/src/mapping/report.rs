//! The inspection system's reports in canonical terms.

use jiff::civil::DateTime;
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::core::time::Timestamp;
use jisr_adapter::proto::adapter::v1::{InProgress, InformationRequired, Refused, Succeeded};
use jisr_adapter::proto::google::r#type::Date;
use jisr_adapter::proto::v1::{LegacyRef, Output};
use jisr_adapter::{Answer, CallFault};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use super::value::localized;
use crate::messages::{DUBAI, Report, State};

/// The name that legacy references of this system go by.
const SYSTEM: &str = "inspections";

/// What a report comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// An answer.
    Answer(Answer),
    /// The inspection system knows nothing under our reference.
    Unknown,
    /// It could not use our message, for the reason that the fault names.
    Fault(Fault),
}

/// What a report about a leg means.
#[must_use]
pub fn meaning(report: &Report, leg: &str) -> Meaning {
    let legacy_refs = legacy_refs(report);
    let words = localized(&report.text_ar, &report.text_en);
    Meaning::Answer(match report.state {
        State::Unknown => return Meaning::Unknown,
        State::Error => {
            // Its words may name people; they stay in its log.
            let code = if report.code.is_empty() { "ERROR" } else { &report.code };
            let detail = "the inspection system could not use our message";
            return Meaning::Fault(Fault::new(FaultClass::Permanent, code.to_owned()).detail(detail));
        }
        State::Open => {
            Answer::InProgress(InProgress { note: words, expected_time: report.visit.and_then(timestamp), legacy_refs })
        }
        State::Passed => Answer::Succeeded(Box::new(Succeeded {
            outcome: Some(outcome(&[
                ("status", Some("PASSED".into())),
                ("certificate_no", filled(&report.certificate)),
                ("case_no", filled(&report.case_no)),
                ("issue_time", report.date.and_then(rfc3339)),
                ("valid_to_date", report.valid_to.map(|day| day.to_string())),
            ])),
            outputs: vec![Output {
                r#type: "fire-safety-certificate".into(),
                licence_no: report.certificate.clone(),
                valid_from_date: report.date.map(|time| day(time.date())),
                valid_to_date: report.valid_to.map(day),
                leg: leg.to_owned(),
                ..Output::default()
            }],
            legacy_refs,
            department_status: words,
        })),
        State::Failed => {
            let code = filled(&report.code).unwrap_or_else(|| "FAILED".into());
            Answer::Refused(Refused { code, reason: words, legacy_refs })
        }
        State::More => Answer::InformationRequired(InformationRequired {
            reason: words,
            fields: report.ask.iter().filter_map(|key| field(key)).map(str::to_owned).collect(),
            legacy_refs,
        }),
        State::Withdrawn => Answer::Refused(Refused {
            code: "WITHDRAWN".into(),
            reason: localized("سُحب طلب المعاينة لدى الدفاع المدني", "The inspection was withdrawn at civil defence"),
            legacy_refs,
        }),
    })
}

/// When it was decided.
#[must_use]
pub fn decided(report: &Report) -> Option<Timestamp> {
    report.date.and_then(|time| Some(Timestamp::from_millis(DUBAI.to_timestamp(time).ok()?.as_millisecond())))
}

/// What a report on a withdrawal comes to; a case that is not there counts as withdrawn.
///
/// # Errors
/// It was not withdrawn: somebody has to see to it.
pub fn withdrawn(report: &Report) -> Result<Answer, CallFault> {
    let time = match report.state {
        State::Withdrawn => report.date,
        State::Unknown => None,
        _ => {
            let fault = Fault::new(FaultClass::Permanent, "NOT_WITHDRAWN").detail("the case was not withdrawn");
            return Err(CallFault::NotDone(fault));
        }
    };
    let outcome = outcome(&[("withdrawn_time", time.and_then(rfc3339))]);
    Ok(Answer::Succeeded(Box::new(Succeeded { outcome: Some(outcome), ..Succeeded::default() })))
}

/// The canonical field behind a key of `INSPECT`.
fn field(key: &str) -> Option<&'static str> {
    Some(match key {
        "NAME_AR" | "NAME_EN" => "applicant.organization.legal_names",
        "PHONE" => "applicant.organization.contact.phone_number",
        "ADDRESS" => "location.address",
        "PARCEL" => "location.parcel_no",
        "USE" => "answers.premises_use",
        "AREA" => "answers.floor_area_sqm",
        "STOREYS" => "answers.storeys",
        "CONTACT" => "answers.contact_for_visit",
        _ => return None,
    })
}

fn legacy_refs(report: &Report) -> Vec<LegacyRef> {
    let reference = |key: &str, value| LegacyRef { system: SYSTEM.into(), key: key.into(), value };
    let numbers =
        [("case_no", &report.case_no), ("certificate_no", &report.certificate), ("our_reference", &report.reference)];
    numbers.into_iter().filter_map(|(key, value)| Some(reference(key, filled(value)?))).collect()
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn outcome(fields: &[(&str, Option<String>)]) -> Struct {
    let value = |text: &String| Value { kind: Some(Kind::StringValue(text.clone())) };
    let fields = fields.iter().filter_map(|(name, text)| Some(((*name).to_owned(), value(text.as_ref()?))));
    Struct { fields: fields.collect() }
}

fn day(date: jiff::civil::Date) -> Date {
    Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

fn timestamp(local: DateTime) -> Option<prost_types::Timestamp> {
    let instant = DUBAI.to_timestamp(local).ok()?;
    Some(prost_types::Timestamp { seconds: instant.as_second(), nanos: 0 })
}

fn rfc3339(local: DateTime) -> Option<String> {
    Some(DUBAI.to_timestamp(local).ok()?.display_with_offset(DUBAI).to_string())
}
