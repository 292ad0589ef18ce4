//! Words for codes, in both languages. A code that is not here is shown as it is: the sets are open.

use jisr_core::state::TransactionState;
use jisr_core::text::Locale;
use jisr_proto::{convert, v1};

use super::style::Mood;
use super::{bidi, say};

/// A transaction's state by its short name, such as `PROCESSING`.
pub(crate) fn transaction_state(name: &str, locale: Locale) -> (String, Mood) {
    use TransactionState::{
        Accepted, Cancelled, Cancelling, Completed, Expired, InformationRequired, PaymentRequired, Processing,
        Rejected, Submitted, Suspended,
    };
    let Some(state) = convert::transaction_state_from_name(name) else {
        return (bidi::isolate(name, locale), Mood::Plain);
    };
    let mood = match state {
        Submitted | Accepted | Processing | Cancelling => Mood::Busy,
        InformationRequired | PaymentRequired | Suspended | Rejected => Mood::Waiting,
        Completed => Mood::Good,
        Cancelled | Expired => Mood::Quiet,
    };
    (state.words().in_locale(locale).to_owned(), mood)
}

/// A leg's state by its short name, such as `IN_DOUBT`.
pub(crate) fn leg_state(name: &str, locale: Locale) -> (String, Mood) {
    let (ar, en, mood) = match name {
        "PLANNED" => ("في الخطة", "Planned", Mood::Plain),
        "DISPATCHED" => ("أُرسلت", "Sent", Mood::Busy),
        "ACKNOWLEDGED" => ("تسلَّمها الموصِّل", "Received", Mood::Busy),
        "IN_PROGRESS" => ("قيد التنفيذ لدى الجهة", "In progress", Mood::Busy),
        "INFORMATION_REQUIRED" => ("بانتظار معلومات", "Information required", Mood::Waiting),
        "SUCCEEDED" => ("أُنجزت", "Done", Mood::Good),
        "REFUSED" => ("رفضتها الجهة", "Refused", Mood::Waiting),
        "FAILED" => ("عطل فني", "Failed", Mood::Bad),
        "IN_DOUBT" => ("غير مؤكَّدة", "In doubt", Mood::Bad),
        "SKIPPED" => ("تُجووزت", "Skipped", Mood::Quiet),
        "COMPENSATING" => ("قيد التراجع", "Being undone", Mood::Busy),
        "COMPENSATED" => ("تم التراجع عنها", "Undone", Mood::Quiet),
        other => return (bidi::isolate(other, locale), Mood::Plain),
    };
    (say(locale, ar, en).to_owned(), mood)
}

/// What kind of fault it was, for people.
pub(crate) fn fault_class(class: v1::FaultClass, locale: Locale) -> &'static str {
    match class {
        v1::FaultClass::Unspecified => "",
        v1::FaultClass::Transient => say(locale, "قد يزول من نفسه", "may pass by itself"),
        v1::FaultClass::Permanent => say(locale, "لا يزول من نفسه", "does not pass by itself"),
        v1::FaultClass::Mapping => say(locale, "قيمة تعذّر نقلها بين الصيغتين", "a value could not be carried over"),
        v1::FaultClass::Expired => say(locale, "لم يبدأ الاستدعاء في وقته", "not begun in time; nothing was called"),
        v1::FaultClass::NotFound => say(locale, "لا علم للجهة بالمحاولة", "the department knows nothing of it"),
        v1::FaultClass::Unsupported => {
            say(locale, "الموصِّل لا يعرف هذه العملية", "the adapter does not know this operation")
        }
    }
}

/// What somebody said, in the quotation marks of the language; nothing for nothing.
pub(crate) fn quoted(text: &str, locale: Locale) -> String {
    let (open, close) = if locale == Locale::Ar { ('«', '»') } else { ('“', '”') };
    if text.is_empty() { String::new() } else { format!("{open}{text}{close}") }
}

/// The best wording for the reader; empty for none.
pub(crate) fn pick(texts: &[v1::LocalizedText], locale: Locale) -> String {
    bidi::isolate(convert::text_from(texts).in_locale(locale), locale)
}

/// The name of an enum's value without its prefix, as filters and events have it.
pub(crate) fn short(state: v1::TransactionState) -> &'static str {
    state.as_str_name().trim_start_matches("TRANSACTION_STATE_")
}

/// As [`short`].
pub(crate) fn short_leg(state: v1::LegState) -> &'static str {
    state.as_str_name().trim_start_matches("LEG_STATE_")
}

/// Nothing leaves these.
pub(crate) const fn is_terminal(state: v1::TransactionState) -> bool {
    use v1::TransactionState::{Cancelled, Completed, Expired, Rejected};
    matches!(state, Completed | Rejected | Cancelled | Expired)
}

/// The last part of a resource name: `municipality` of `departments/municipality`.
pub(crate) fn id_of(resource_name: &str) -> &str {
    resource_name.rsplit('/').next().unwrap_or(resource_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jisr_core::state::LegState;

    #[test]
    fn every_state_has_words_in_both_languages() {
        let is_arabic = |text: &str| text.chars().any(|c| ('\u{0600}'..='\u{06ff}').contains(&c));
        let check = |name: &str, ar: String, en: String| {
            assert!(is_arabic(&ar), "{name}: {ar}");
            assert!(!is_arabic(&en) && en != name, "{name}: {en}");
        };
        for state in TransactionState::ALL {
            let wire = convert::transaction_state(state);
            let name = short(wire);
            check(name, transaction_state(name, Locale::Ar).0, transaction_state(name, Locale::En).0);
            assert_eq!(is_terminal(wire), state.is_terminal(), "{name}");
        }
        for state in LegState::ALL {
            let name = short_leg(convert::leg_state(state));
            check(name, leg_state(name, Locale::Ar).0, leg_state(name, Locale::En).0);
        }
        assert_eq!(leg_state("NEW_STATE", Locale::En).0, "NEW_STATE");
    }

    #[test]
    fn refused_and_failed_never_look_alike() {
        for locale in [Locale::Ar, Locale::En] {
            let (refused, failed) = (leg_state("REFUSED", locale), leg_state("FAILED", locale));
            assert!(refused.0 != failed.0 && refused.1 != failed.1);
        }
    }
}
