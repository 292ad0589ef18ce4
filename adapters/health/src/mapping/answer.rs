//! The hospital's results in canonical terms.

use jisr_adapter::connectors::mllp::Problem as Unreadable;
use jisr_adapter::proto::adapter::v1::{InProgress, Refused, Succeeded};
use jisr_adapter::proto::google::r#type::Date;
use jisr_adapter::proto::v1::{LegacyRef, LocalizedText, Output};
use jisr_adapter::{Answer, Reference};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use crate::messages::Report;

/// The name that legacy references of this system go by.
const SYSTEM: &str = "hospital-information-system";
/// Longest text taken over from the hospital, in characters.
const TEXT_LIMIT: usize = 1_000;

/// The order is with the hospital; its result comes by itself.
#[must_use]
pub fn taken(reference: &str) -> Answer {
    let note = localized(
        Some("استلم المستشفى طلب الفحص، وتصل النتيجة بعد إجرائه"),
        Some("The hospital has the order; the result follows the examination"),
    );
    Answer::InProgress(InProgress {
        note,
        expected_time: None,
        legacy_refs: vec![legacy_ref("placer_order_number", reference)],
    })
}

/// The answer to a cancellation, of an order that was known or of one that was not.
#[must_use]
pub fn cancelled(reference: &str, was_known: bool) -> Answer {
    let status = if was_known { "CANCELLED" } else { "NOTHING_TO_CANCEL" };
    Answer::Succeeded(Box::new(Succeeded {
        outcome: Some(outcome(&[("status", status)])),
        legacy_refs: vec![legacy_ref("placer_order_number", reference)],
        ..Succeeded::default()
    }))
}

/// What a report says of its order; nothing while the examination goes on.
///
/// # Errors
/// A final report that cannot be read, for the acknowledgement; quotes no value.
pub fn answer(report: &Report, reference: &Reference) -> Result<Option<Answer>, Unreadable> {
    let wrong = |code, location, detail: &str| Unreadable { code, location: Some(location), detail: detail.to_owned() };
    match &*report.status {
        // Table 0123: final, or corrected after it was final.
        "F" | "C" => {}
        "X" => {
            let reason = localized(
                Some("أُلغي طلب الفحص لدى المستشفى دون إجرائه"),
                Some("The hospital cancelled the order; there was no examination"),
            );
            return Ok(Some(Answer::Refused(Refused {
                code: "CANCELLED".into(),
                reason,
                legacy_refs: legacy_refs(report, reference),
            })));
        }
        "O" | "I" | "S" | "A" | "P" | "R" => return Ok(None),
        _ => return Err(wrong(Unreadable::TABLE_VALUE, ("OBR", 25), "a result status that is not known here")),
    }
    let missing = |detail| wrong(Unreadable::FIELD_MISSING, ("OBX", 5), detail);
    let [code, english, arabic] =
        report.conclusion.as_ref().ok_or_else(|| missing("a final result without MF-CONCLUSION"))?;
    match &**code {
        "FIT" => {
            let until = date(&report.valid_until).ok_or_else(|| {
                wrong(Unreadable::DATA_TYPE, ("OBX", 5), "MF-VALID-UNTIL is no date of the form YYYYMMDD")
            })?;
            if report.certificate_no.is_empty() {
                return Err(missing("a final result without MF-CERTIFICATE"));
            }
            Ok(Some(fit(report, reference, until, [arabic, english])))
        }
        // What was found stays between the person and the hospital.
        "UNFIT" => {
            let reason = localized(
                Some("لم تُعتمد اللياقة الطبية، ويرجى مراجعة مركز الفحص للاطلاع على التفاصيل"),
                Some("Medical fitness is not certified; please see the examination centre for the details"),
            );
            Ok(Some(Answer::Refused(Refused {
                code: "UNFIT".into(),
                reason,
                legacy_refs: legacy_refs(report, reference),
            })))
        }
        _ => Err(wrong(Unreadable::TABLE_VALUE, ("OBX", 5), "MF-CONCLUSION is neither FIT nor UNFIT")),
    }
}

fn fit(report: &Report, reference: &Reference, until: jiff::civil::Date, [arabic, english]: [&String; 2]) -> Answer {
    Answer::Succeeded(Box::new(Succeeded {
        outcome: Some(outcome(&[
            ("status", "FIT"),
            ("certificate_no", &report.certificate_no),
            ("valid_until", &until.to_string()),
        ])),
        outputs: vec![Output {
            r#type: "medical-fitness-certificate".into(),
            licence_no: report.certificate_no.clone(),
            valid_to_date: Some(Date {
                year: until.year().into(),
                month: until.month().into(),
                day: until.day().into(),
            }),
            leg: reference.leg.to_string(),
            ..Output::default()
        }],
        legacy_refs: legacy_refs(report, reference),
        department_status: localized(Some(arabic), Some(english)),
    }))
}

fn date(text: &str) -> Option<jiff::civil::Date> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| jiff::civil::Date::strptime("%Y%m%d", text).ok()).flatten()
}

fn legacy_refs(report: &Report, reference: &Reference) -> Vec<LegacyRef> {
    let filler = Some(&report.filler).filter(|number| !number.is_empty());
    let filler = filler.map(|number| legacy_ref("filler_order_number", &clean(number)));
    filler.into_iter().chain([legacy_ref("placer_order_number", &reference.to_string())]).collect()
}

fn legacy_ref(key: &str, value: &str) -> LegacyRef {
    LegacyRef { system: SYSTEM.into(), key: key.into(), value: value.into() }
}

fn outcome(fields: &[(&str, &str)]) -> Struct {
    let value = |text: &str| Value { kind: Some(Kind::StringValue(text.to_owned())) };
    Struct { fields: fields.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect() }
}

/// The hospital's own words for people, in whichever language they are: the first that is not empty.
pub(crate) fn by_script(texts: &[&str]) -> Vec<LocalizedText> {
    let text = texts.iter().find(|text| !text.trim().is_empty()).copied();
    let arabic = text.is_some_and(|text| text.chars().any(|c| matches!(c, '\u{620}'..='\u{64a}')));
    if arabic { localized(text, None) } else { localized(None, text) }
}

/// Words for people, at most one per language.
pub(crate) fn localized(arabic: Option<&str>, english: Option<&str>) -> Vec<LocalizedText> {
    [(arabic, "ar"), (english, "en")]
        .into_iter()
        .filter_map(|(text, language)| Some((clean(text?), language)))
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, language)| LocalizedText { text, language_code: language.into() })
        .collect()
}

/// Without controls that would turn or hide text, and not without end.
fn clean(text: &str) -> String {
    let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| {
        !c.is_control()
            && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    kept.take(TEXT_LIMIT).collect::<String>().trim().to_owned()
}
