//! Building control's result in canonical terms.

use jiff::civil::DateTime;
use jisr_adapter::proto::adapter::v1::{InProgress, LegRequest, Refused, Succeeded};
use jisr_adapter::proto::google::r#type::Date;
use jisr_adapter::proto::v1::{LegacyRef, LocalizedText, Output};
use jisr_adapter::{Answer, CallFault};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use super::{Problem, Service, our_reference};
use crate::messages::{DUBAI, NocResult, Status};

/// The name that legacy references of this system go by.
const SYSTEM: &str = "building-control";
/// Longest text taken over from the department, in characters.
const TEXT_LIMIT: usize = 1_000;

/// What building control answered, in canonical terms.
///
/// # Errors
/// Our own reference cannot be made, which a request that was executed rules out.
pub fn answer(service: Service, result: &NocResult, request: &LegRequest) -> Result<Answer, CallFault> {
    let reference = our_reference(request).map_err(Problem::into_fault)?;
    let legacy_refs = legacy_refs(result, reference);
    let (number, issued) = service.issues();
    let words = localized(result.remarks_ar.as_deref(), result.remarks_en.as_deref());
    if result.withdrawn_date.is_some() {
        let reason =
            localized(Some("سُحب الطلب لدى البلدية"), Some("The application was withdrawn at the municipality"));
        return Ok(Answer::Refused(Refused { code: "WITHDRAWN".into(), reason, legacy_refs }));
    }
    Ok(match result.status {
        Status::Pending => Answer::InProgress(InProgress { note: words, expected_time: None, legacy_refs }),
        Status::Refused => Answer::Refused(Refused { code: "REFUSED".into(), reason: words, legacy_refs }),
        Status::Approved => Answer::Succeeded(Box::new(Succeeded {
            outcome: Some(outcome(&[
                ("status", Some("APPROVED".into())),
                (number, result.noc_number.clone()),
                ("issue_time", result.issue_date.and_then(rfc3339)),
            ])),
            outputs: vec![Output {
                r#type: issued.into(),
                licence_no: result.noc_number.clone().unwrap_or_default(),
                valid_from_date: result.issue_date.map(|issued| Date {
                    year: issued.year().into(),
                    month: issued.month().into(),
                    day: issued.day().into(),
                }),
                leg: request.leg.clone(),
                ..Output::default()
            }],
            legacy_refs,
            department_status: words,
        })),
    })
}

/// The answer to a withdrawal; without a date nothing was left to withdraw.
#[must_use]
pub fn withdrawn(date: Option<DateTime>) -> Answer {
    let outcome = outcome(&[("withdrawn_time", date.and_then(rfc3339))]);
    Answer::Succeeded(Box::new(Succeeded { outcome: Some(outcome), ..Succeeded::default() }))
}

fn legacy_refs(result: &NocResult, our_reference: String) -> Vec<LegacyRef> {
    let reference = |key: &str, value| LegacyRef { system: SYSTEM.into(), key: key.into(), value };
    let number = result.noc_number.clone().map(|number| reference("noc_number", number));
    number.into_iter().chain([reference("our_reference", our_reference)]).collect()
}

fn outcome(fields: &[(&str, Option<String>)]) -> Struct {
    let value = |text: &String| Value { kind: Some(Kind::StringValue(text.clone())) };
    let fields = fields.iter().filter_map(|(name, text)| Some(((*name).to_owned(), value(text.as_ref()?))));
    Struct { fields: fields.collect() }
}

fn rfc3339(local: DateTime) -> Option<String> {
    Some(DUBAI.to_timestamp(local).ok()?.display_with_offset(DUBAI).to_string())
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
