//! Business licensing's decision in canonical terms.

use jiff::civil::{Date, DateTime};
use jisr_adapter::proto::adapter::v1::{InProgress, InformationRequired, Refused, Succeeded};
use jisr_adapter::proto::google::r#type::Date as WireDate;
use jisr_adapter::proto::v1::{LegacyRef, LocalizedText, Output};
use jisr_adapter::{Answer, Reference};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use crate::messages::{DUBAI, Decision, Status};

/// The name that legacy references of this system go by.
const SYSTEM: &str = "business-licensing";
/// Under this code the department notes what we revoked ourselves.
const BY_PARTNER: &str = "PARTNER";
/// Longest text taken over from the department, in characters.
const TEXT_LIMIT: usize = 1_000;

/// What business licensing decided, in canonical terms.
#[must_use]
pub fn answer(decision: &Decision, reference: &Reference) -> Answer {
    let legacy_refs = legacy_refs(decision, reference);
    let words = localized(decision.words_ar.as_deref(), decision.words_en.as_deref());
    let code = |otherwise: &str| decision.code.clone().unwrap_or_else(|| otherwise.to_owned());
    match decision.status {
        Status::Pending => Answer::InProgress(InProgress { note: words, expected_time: None, legacy_refs }),
        Status::Refused => {
            let known = crate::error::refused(&code("REFUSED"), decision.words_ar.as_deref().unwrap_or_default());
            // The officer's own words say more than a table can; it stands in where there are none.
            let reason = if words.is_empty() { known.reason } else { words };
            Answer::Refused(Refused { code: known.code, reason, legacy_refs })
        }
        Status::MoreNeeded => {
            let fields = match decision.code.as_deref() {
                Some("EC501") => vec!["answers.capital".to_owned()],
                _ => Vec::new(),
            };
            Answer::InformationRequired(InformationRequired { reason: words, fields, legacy_refs })
        }
        Status::Revoked => {
            let reason = localized(
                Some("أُلغي الطلب لدى دائرة الاقتصاد"),
                Some("The application was revoked at the Department of Economy"),
            );
            Answer::Refused(Refused { code: "REVOKED".into(), reason, legacy_refs })
        }
        Status::Approved => Answer::Succeeded(Box::new(Succeeded {
            outcome: Some(outcome(&[
                ("status", Some("APPROVED".into())),
                ("trade_licence_no", decision.licence_no.map(|number| number.to_string())),
                ("issue_date", decision.issued_on.map(|date| date.to_string())),
                ("expiry_date", decision.expires_on.map(|date| date.to_string())),
            ])),
            outputs: vec![Output {
                r#type: "trade-licence".into(),
                licence_no: decision.licence_no.map(|number| number.to_string()).unwrap_or_default(),
                valid_from_date: decision.issued_on.map(wire_date),
                valid_to_date: decision.expires_on.map(wire_date),
                leg: reference.leg.to_string(),
                ..Output::default()
            }],
            legacy_refs,
            department_status: words,
        })),
    }
}

/// What a line of the status table brings; nothing if it only echoes what we did ourselves.
#[must_use]
pub fn own_word(decision: &Decision, reference: &Reference) -> Option<Answer> {
    let echo = decision.status == Status::Revoked && decision.code.as_deref() == Some(BY_PARTNER);
    (!echo && decision.status != Status::Pending).then(|| answer(decision, reference))
}

/// The answer to a revocation; without a date nothing was left to revoke.
#[must_use]
pub fn revoked(date: Option<DateTime>) -> Answer {
    let time = date.and_then(|local| Some(DUBAI.to_timestamp(local).ok()?.display_with_offset(DUBAI).to_string()));
    Answer::Succeeded(Box::new(Succeeded { outcome: Some(outcome(&[("revoked_time", time)])), ..Succeeded::default() }))
}

fn legacy_refs(decision: &Decision, reference: &Reference) -> Vec<LegacyRef> {
    let entry = |key: &str, value| LegacyRef { system: SYSTEM.into(), key: key.into(), value };
    let number = decision.licence_no.map(|number| entry("licence_no", number.to_string()));
    number.into_iter().chain([entry("partner_ref", reference.to_string())]).collect()
}

fn outcome(fields: &[(&str, Option<String>)]) -> Struct {
    let value = |text: &String| Value { kind: Some(Kind::StringValue(text.clone())) };
    let fields = fields.iter().filter_map(|(name, text)| Some(((*name).to_owned(), value(text.as_ref()?))));
    Struct { fields: fields.collect() }
}

fn wire_date(date: Date) -> WireDate {
    WireDate { year: date.year().into(), month: date.month().into(), day: date.day().into() }
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
