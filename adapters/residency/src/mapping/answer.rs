//! The permit system's record in canonical terms.

use jiff::Timestamp;
use jiff::civil::Date as Day;
use jisr_adapter::proto::adapter::v1::{InProgress, InformationRequired, Refused, Succeeded};
use jisr_adapter::proto::google::r#type::Date;
use jisr_adapter::proto::v1::{LegacyRef, LocalizedText, Output};
use jisr_adapter::{Answer, Reference};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use crate::messages::{Record, Status};

/// The name that legacy references of this system go by.
const SYSTEM: &str = "residence-permits";
/// Longest text taken over from the department, in characters.
const TEXT_LIMIT: usize = 1_000;
/// Longest code taken over from the department.
const CODE_LIMIT: usize = 64;

/// Properties of the permit system that the customer may be asked to complete, and where they are in the application.
const FIELDS: [(&str, &str); 7] = [
    ("SponsorFileNo", "answers.sponsor_file_no"),
    ("ResidenceFileNo", "answers.residence_file_no"),
    ("Years", "answers.years"),
    ("MakaniNo", "answers.makani_no"),
    ("Unit", "answers.unit"),
    ("MoveDate", "answers.move_date"),
    ("HolderEmiratesId", "applicant.person.identifiers"),
];

/// What the directorate made of the application under `reference`, in canonical terms.
///
/// # Errors
/// The record is another one's.
pub fn answer(record: &Record, reference: &Reference) -> Result<Answer, String> {
    if record.reference.parse() != Ok(reference.clone()) {
        return Err("it is under another reference".into());
    }
    let legacy_refs = legacy_refs(record, reference);
    let words = localized(record.remarks_ar.as_deref(), record.remarks_en.as_deref());
    Ok(match record.status {
        Status::Pending => Answer::InProgress(InProgress { note: words, expected_time: None, legacy_refs }),
        Status::Refused => Answer::Refused(Refused { code: refusal_code(record), reason: words, legacy_refs }),
        Status::InformationRequired => {
            let known = |name: &String| FIELDS.iter().find(|(theirs, _)| theirs == name).map(|(_, ours)| *ours);
            let fields = record.required_fields.iter().filter_map(known).map(ToOwned::to_owned).collect();
            Answer::InformationRequired(InformationRequired { reason: words, fields, legacy_refs })
        }
        Status::Withdrawn => {
            let reason = localized(
                Some("سُحب الطلب لدى إدارة الإقامة"),
                Some("The application was withdrawn at the residency directorate"),
            );
            Answer::Refused(Refused { code: "WITHDRAWN".into(), reason, legacy_refs })
        }
        Status::Approved => Answer::Succeeded(Box::new(Succeeded {
            outcome: Some(outcome(&[
                ("status", Some("APPROVED".into())),
                ("permit_no", record.permit_no.clone()),
                ("valid_from_date", record.valid_from.map(|day| day.to_string())),
                ("valid_until_date", record.valid_until.map(|day| day.to_string())),
                ("fee_paid", record.fee_paid.clone()),
                ("decision_time", record.decided_at.map(|time| time.to_string())),
            ])),
            outputs: outputs(record, reference),
            legacy_refs,
            department_status: words,
        })),
    })
}

/// The answer to a withdrawal; without a time nothing was left to withdraw, or the system does not say when.
#[must_use]
pub fn withdrawn(time: Option<Timestamp>) -> Answer {
    let outcome = outcome(&[("withdrawn_time", time.map(|time| time.to_string()))]);
    Answer::Succeeded(Box::new(Succeeded { outcome: Some(outcome), ..Succeeded::default() }))
}

/// A renewal ends in a permit; an address on a file is nothing to take home.
fn outputs(record: &Record, reference: &Reference) -> Vec<Output> {
    let Some(permit_no) = record.permit_no.clone().filter(|_| record.is_renewal) else { return Vec::new() };
    let date = |day: Day| Date { year: day.year().into(), month: day.month().into(), day: day.day().into() };
    vec![Output {
        r#type: "residence-permit".into(),
        licence_no: permit_no,
        valid_from_date: record.valid_from.map(date),
        valid_to_date: record.valid_until.map(date),
        leg: reference.leg.to_string(),
        ..Output::default()
    }]
}

fn refusal_code(record: &Record) -> String {
    let plain = |code: &&String| {
        !code.is_empty() && code.len() <= CODE_LIMIT && code.bytes().all(|byte| byte.is_ascii_graphic())
    };
    record.refusal_code.as_ref().filter(plain).cloned().unwrap_or_else(|| "REFUSED".into())
}

fn legacy_refs(record: &Record, reference: &Reference) -> Vec<LegacyRef> {
    let entry = |key: &str, value| LegacyRef { system: SYSTEM.into(), key: key.into(), value };
    let number = record.permit_no.clone().map(|number| entry("permit_no", number));
    number.into_iter().chain([entry("our_reference", reference.to_string())]).collect()
}

fn outcome(fields: &[(&str, Option<String>)]) -> Struct {
    let value = |text: &String| Value { kind: Some(Kind::StringValue(text.clone())) };
    let fields = fields.iter().filter_map(|(name, text)| Some(((*name).to_owned(), value(text.as_ref()?))));
    Struct { fields: fields.collect() }
}

/// The department's own words for people: without controls that would turn or hide text, and not without end.
pub(crate) fn localized(arabic: Option<&str>, english: Option<&str>) -> Vec<LocalizedText> {
    let clean = |text: &str| {
        let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| {
            !c.is_control()
                && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        kept.take(TEXT_LIMIT).collect::<String>().trim().to_owned()
    };
    [(arabic, "ar"), (english, "en")]
        .into_iter()
        .filter_map(|(text, language)| Some((clean(text?), language)))
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, language)| LocalizedText { text, language_code: language.into() })
        .collect()
}
