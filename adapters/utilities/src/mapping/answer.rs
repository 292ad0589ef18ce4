//! The mainframe's decision in canonical terms, and what each code means.

use jisr_adapter::Answer;
use jisr_adapter::proto::adapter::v1::{InProgress, Refused, Succeeded};
use jisr_adapter::proto::v1::{LegacyRef, LocalizedText};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use crate::records::Decision;

/// The name that legacy references of this system go by.
const SYSTEM: &str = "customer-accounts";
/// Longest text taken over from the department, in characters.
const TEXT_LIMIT: usize = 1_000;

/// What a decision means for the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Carried out.
    Done,
    /// Turned away on its merits: the department's no to the customer.
    Refused,
    /// Turned away for a technical reason that passes, and certainly not carried out: to be sent again.
    Again,
    /// Turned away with a code of neither kind: a person must look.
    Unknown,
}

/// The code table: `T` and two digits is technical, `R` and two digits is the department's decision.
#[must_use]
pub fn meaning(decision: &Decision) -> Meaning {
    let numbered = |code: &str| code.len() == 2 && code.bytes().all(|digit| digit.is_ascii_digit());
    match decision.code.split_at_checked(1) {
        _ if decision.accepted => Meaning::Done,
        Some(("T", code)) if numbered(code) => Meaning::Again,
        Some(("R", code)) if numbered(code) => Meaning::Refused,
        _ => Meaning::Unknown,
    }
}

/// Refusals we have words for; the mainframe's own are too short for a customer.
const REFUSALS: [(&str, &str, &str); 4] = [
    (
        "R10",
        "رقم المبنى غير مسجل لدى الهيئة، يرجى التحقق من اللوحة المثبتة بجانب الباب",
        "The premises number is not registered; please check the plate beside the door",
    ),
    (
        "R11",
        "توجد مستحقات على الحساب، يرجى سدادها ثم تقديم الطلب من جديد",
        "There are arrears on the account; please pay them and apply again",
    ),
    (
        "R12",
        "الخدمة موصولة بهذا المبنى باسم مستفيد آخر",
        "The premises are already supplied in another customer's name",
    ),
    ("R13", "الحساب ليس باسم مقدم الطلب", "The account is not in the applicant's name"),
];

/// A decision as the answer it is; nothing for one that is not the end of the matter.
#[must_use]
pub fn answer(decision: &Decision, batch: &str) -> Option<Answer> {
    let legacy_refs = legacy_refs(&decision.reference, batch, decision);
    match meaning(decision) {
        Meaning::Done => Some(Answer::Succeeded(Box::new(Succeeded {
            outcome: Some(outcome(&[
                ("status", Some("ACCEPTED".into())),
                ("account_no", decision.account.clone()),
                ("work_order_no", decision.order.clone()),
                ("supply_date", decision.date.as_deref().and_then(dashed)),
            ])),
            legacy_refs,
            outputs: Vec::new(),
            department_status: localized(&decision.text_ar, &decision.text_en),
        }))),
        Meaning::Refused => {
            let known = REFUSALS.iter().find(|(code, _, _)| *code == decision.code);
            let reason = known.map_or_else(
                || localized(&decision.text_ar, &decision.text_en),
                |(_, arabic, english)| localized(arabic, english),
            );
            Some(Answer::Refused(Refused { code: decision.code.clone(), reason, legacy_refs }))
        }
        Meaning::Again | Meaning::Unknown => None,
    }
}

/// The answer for what lies in a batch that is announced.
#[must_use]
pub fn handed_over(reference: &str, batch: &str) -> Answer {
    Answer::InProgress(InProgress {
        note: localized("سُلّم الطلب ضمن دفعة الليلة", "Handed over with tonight's batch"),
        expected_time: None,
        legacy_refs: vec![reference_of("our_reference", reference), reference_of("batch", batch)],
    })
}

fn legacy_refs(reference: &str, batch: &str, decision: &Decision) -> Vec<LegacyRef> {
    let account = decision.account.as_deref().map(|account| reference_of("account_no", account));
    let order = decision.order.as_deref().map(|order| reference_of("work_order_no", order));
    let ours = [reference_of("our_reference", reference), reference_of("batch", batch)];
    account.into_iter().chain(order).chain(ours).collect()
}

fn reference_of(key: &str, value: &str) -> LegacyRef {
    LegacyRef { system: SYSTEM.into(), key: key.into(), value: value.into() }
}

fn outcome(fields: &[(&str, Option<String>)]) -> Struct {
    let value = |text: &String| Value { kind: Some(Kind::StringValue(text.clone())) };
    let fields = fields.iter().filter_map(|(name, text)| Some(((*name).to_owned(), value(text.as_ref()?))));
    Struct { fields: fields.collect() }
}

/// `YYYYMMDD` to `YYYY-MM-DD`.
fn dashed(date: &str) -> Option<String> {
    Some(format!("{}-{}-{}", date.get(..4)?, date.get(4..6)?, date.get(6..8)?))
}

/// The department's own words for people: without controls that would turn or hide text, and not without end.
pub(crate) fn localized(arabic: &str, english: &str) -> Vec<LocalizedText> {
    let clean = |text: &str| {
        let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| {
            !c.is_control()
                && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        kept.take(TEXT_LIMIT).collect::<String>().trim().to_owned()
    };
    [(arabic, "ar"), (english, "en")]
        .into_iter()
        .map(|(text, language)| LocalizedText { text: clean(text), language_code: language.into() })
        .filter(|text| !text.text.is_empty())
        .collect()
}
