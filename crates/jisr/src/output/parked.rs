//! Parked legs: by cause, in lists, and one with what can be done about it.

use jiff::tz::TimeZone;
use jisr_core::text::Locale;
use jisr_core::time::Timestamp;
use jisr_proto::operations::v1::{Failure, FailureGroup};
use jisr_proto::v1;

use super::style::{Mood, paint};
use super::{bidi, one_field, say, table, when, words};

/// Causes, one line for each, with headings.
pub(crate) fn groups(groups: &[FailureGroup], zone: &TimeZone, locale: Locale) -> Vec<String> {
    let titles = [
        ("العدد", "COUNT"),
        ("السبب", "REASON"),
        ("الجهة", "DEPARTMENT"),
        ("العملية", "OPERATION"),
        ("الموصِّل", "ADAPTER"),
        ("أولها", "FIRST"),
        ("آخرها", "LAST"),
        ("أقدمها", "LONGEST PARKED"),
    ];
    let mut rows = vec![headings(&titles, locale)];
    for group in groups {
        let plain = |text: &str| (shown(text, locale), Mood::Plain);
        rows.push(vec![
            plain(&group.count.to_string()),
            (shown(&group.reason, locale), Mood::Bad),
            plain(words::id_of(&group.department)),
            plain(&group.operation),
            plain(&group.adapter_version),
            plain(&when::local(group.first_time.as_ref(), zone)),
            plain(&when::local(group.last_time.as_ref(), zone)),
            (shown(&group.sample, locale), Mood::Quiet),
        ]);
    }
    table(&rows, locale)
}

/// The flags that select a group, ready for a shell.
pub(crate) fn flags(group: &FailureGroup) -> String {
    let mut flags = vec![
        format!("--department {}", words::id_of(&group.department)),
        format!("--operation {}", group.operation),
        format!("--reason {}", quoted(&group.reason)),
    ];
    if !group.adapter_version.is_empty() {
        flags.push(format!("--adapter-version {}", quoted(&group.adapter_version)));
    }
    flags.join(" ")
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '+' | '@');
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Legs, one line for each, with headings.
pub(crate) fn legs(legs: &[Failure], zone: &TimeZone, locale: Locale) -> Vec<String> {
    let titles = [
        ("متوقفة منذ", "PARKED SINCE"),
        ("الرقم المرجعي", "REFERENCE"),
        ("السبب", "REASON"),
        ("الجهة", "DEPARTMENT"),
        ("العملية", "OPERATION"),
        ("الحالة", "STATE"),
        ("المحاولة", "ATTEMPT"),
        ("الاسم", "NAME"),
    ];
    let mut rows = vec![headings(&titles, locale)];
    for leg in legs {
        let plain = |text: &str| (shown(text, locale), Mood::Plain);
        rows.push(vec![
            plain(&when::local(leg.hold_time.as_ref(), zone)),
            plain(&leg.reference_no),
            (shown(&leg.reason, locale), Mood::Bad),
            plain(words::id_of(&leg.department)),
            plain(&leg.operation),
            words::leg_state(words::short_leg(leg.leg_state()), locale),
            plain(&leg.attempt.to_string()),
            (shown(&leg.name, locale), Mood::Quiet),
        ]);
    }
    table(&rows, locale)
}

fn headings(titles: &[(&'static str, &'static str)], locale: Locale) -> Vec<(String, Mood)> {
    titles.iter().map(|(ar, en)| (say(locale, ar, en).to_owned(), Mood::Heading)).collect()
}

fn shown(text: &str, locale: Locale) -> String {
    if text.is_empty() { "–".to_owned() } else { bidi::isolate(text, locale) }
}

/// One leg with everything that is known, how many stand for the same cause, and what can be done.
pub(crate) fn one(leg: &Failure, same_cause: i64, now: Timestamp, zone: &TimeZone, locale: Locale) -> Vec<String> {
    let text = |text: &str| bidi::isolate(text, locale);
    let (state, mood) = words::leg_state(words::short_leg(leg.leg_state()), locale);
    let head = [
        paint(&text(&leg.reason), Mood::Bad),
        text(words::id_of(&leg.department)),
        text(&leg.operation),
        paint(&text(&leg.name), Mood::Quiet),
    ];
    let since = format!(
        "{} ({} {})",
        text(&when::local(leg.hold_time.as_ref(), zone)),
        say(locale, "قبل", "for"),
        when::ago(leg.hold_time.as_ref(), now, locale)
    );
    let fault = [words::fault_class(leg.fault_class(), locale).to_owned(), text(&leg.detail)];
    let fault: Vec<String> = fault.into_iter().filter(|part| !part.is_empty()).collect();
    let rows = [
        (("الرقم المرجعي", "reference"), text(&leg.reference_no)),
        (("الحالة", "state"), format!("{}: {}", paint(&state, mood), certainty(leg.leg_state(), locale))),
        (("العطل", "fault"), fault.join(say(locale, "؛ ", "; "))),
        (("متوقفة منذ", "parked since"), since),
        (("المحاولة", "attempt"), text(&leg.attempt.to_string())),
        (("الموصِّل", "adapter"), shown(&leg.adapter_version, locale)),
        (("للسبب نفسه", "for this cause"), legs_counted(same_cause, locale)),
    ];
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|((ar, en), value)| vec![(format!("  {}", say(locale, ar, en)), Mood::Quiet), (value, Mood::Plain)])
        .collect();
    let mut lines = vec![bidi::line(&head.join(" · "), locale)];
    lines.extend(table(&rows, locale));
    for ((ar, en), command) in [
        (("لإعادة المحاولة:", "to have it tried again:"), format!("jisr failures redrive --leg {}", leg.name)),
        (("لصرف النظر عنها:", "to give it up:"), format!("jisr failures discard --leg {} --note '…'", leg.name)),
        (("لتاريخها:", "for its history:"), format!("jisr tx timeline {}", leg.reference_no)),
    ] {
        lines.push(bidi::line(&format!("  {} {}", say(locale, ar, en), text(&command)), locale));
    }
    lines
}

/// What the state says about the department's system.
const fn certainty(state: v1::LegState, locale: Locale) -> &'static str {
    match state {
        v1::LegState::Failed => say(locale, "لم تُنجز قطعًا", "certainly not done"),
        v1::LegState::InDoubt => say(locale, "قد تكون أُنجزت لدى الجهة", "the department may have done it"),
        v1::LegState::Compensating => say(locale, "يجب التراجع عنها", "what was done is to be undone"),
        _ => say(locale, "بانتظار المشغِّل", "waits for an operator"),
    }
}

/// `12 legs`, `خطوات: 12`: the noun's form does not hang on the number.
pub(crate) fn legs_counted(count: i64, locale: Locale) -> String {
    let number = bidi::isolate(&count.to_string(), locale);
    match (locale, count) {
        (Locale::Ar, _) => format!("عدد الخطوات {number}"),
        (Locale::En, 1) => format!("{number} leg"),
        (Locale::En, _) => format!("{number} legs"),
    }
}

/// A cause for simple scripts: count, reason, department, operation, adapter version, first, last, longest parked.
pub(crate) fn plain_group(group: &FailureGroup) -> String {
    [
        group.count.to_string(),
        group.reason.clone(),
        group.department.clone(),
        group.operation.clone(),
        group.adapter_version.clone(),
        when::exact(group.first_time.as_ref()),
        when::exact(group.last_time.as_ref()),
        group.sample.clone(),
    ]
    .map(|value| one_field(&value))
    .join("\t")
}

/// A leg for simple scripts: name, reference number, department, operation, adapter version, reason, class of fault,
/// state, attempt, parked since, detail.
pub(crate) fn plain_leg(leg: &Failure) -> String {
    [
        leg.name.clone(),
        leg.reference_no.clone(),
        leg.department.clone(),
        leg.operation.clone(),
        leg.adapter_version.clone(),
        leg.reason.clone(),
        leg.fault_class().as_str_name().trim_start_matches("FAULT_CLASS_").to_owned(),
        words::short_leg(leg.leg_state()).to_owned(),
        leg.attempt.to_string(),
        when::exact(leg.hold_time.as_ref()),
        leg.detail.clone(),
    ]
    .map(|value| one_field(&value))
    .join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{at, shown};

    const NAME: &str = "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff/legs/site-noc";

    fn group() -> FailureGroup {
        FailureGroup {
            reason: "BC-502".to_owned(),
            department: "departments/municipality".to_owned(),
            operation: "building-noc".to_owned(),
            count: 12,
            first_time: at(0),
            last_time: at(65_000),
            sample: NAME.to_owned(),
            ..FailureGroup::default()
        }
    }

    fn leg() -> Failure {
        Failure {
            name: NAME.to_owned(),
            reference_no: "05T8-Q2KD-0A7".to_owned(),
            department: "departments/municipality".to_owned(),
            operation: "building-noc".to_owned(),
            adapter_version: "0.1.0".to_owned(),
            reason: "BC-502".to_owned(),
            fault_class: v1::FaultClass::Permanent.into(),
            detail: "the message is malformed".to_owned(),
            leg_state: v1::LegState::Failed.into(),
            attempt: 3,
            hold_time: at(0),
        }
    }

    fn dubai() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(4))
    }

    #[test]
    fn causes_come_with_their_count_and_the_flags_that_select_them() {
        let lines: Vec<String> = groups(&[group()], &dubai(), Locale::En).iter().map(|line| shown(line)).collect();
        assert_eq!(
            lines,
            [
                "COUNT  REASON  DEPARTMENT    OPERATION     ADAPTER  FIRST                LAST                 LONGEST PARKED",
                "12     BC-502  municipality  building-noc  –        2026-01-01 04:00:00  2026-01-01 04:01:05  \
                 transactions/019ca77b-46fb-7fff-bfff-ffffffffffff/legs/site-noc",
            ]
        );
        assert_eq!(flags(&group()), "--department municipality --operation building-noc --reason BC-502");
        let odd = FailureGroup { reason: "it's odd".to_owned(), adapter_version: "0.1.0".to_owned(), ..group() };
        assert!(flags(&odd).ends_with(r"--reason 'it'\''s odd' --adapter-version 0.1.0"), "{}", flags(&odd));
        assert_eq!(plain_group(&group()).split('\t').count(), 8);
    }

    #[test]
    fn a_leg_says_what_happened_and_what_can_be_done() {
        let now = Timestamp::from_millis(1_767_225_600_000 + 125_000);
        let lines: Vec<String> = one(&leg(), 12, now, &dubai(), Locale::En).iter().map(|line| shown(line)).collect();
        assert_eq!(
            lines,
            [
                format!("BC-502 · municipality · building-noc · {NAME}"),
                "  reference       05T8-Q2KD-0A7".to_owned(),
                "  state           Failed: certainly not done".to_owned(),
                "  fault           does not pass by itself; the message is malformed".to_owned(),
                "  parked since    2026-01-01 04:00:00 (for 2 min 05 s)".to_owned(),
                "  attempt         3".to_owned(),
                "  adapter         0.1.0".to_owned(),
                "  for this cause  12 legs".to_owned(),
                format!("  to have it tried again: jisr failures redrive --leg {NAME}"),
                format!("  to give it up: jisr failures discard --leg {NAME} --note '…'"),
                "  for its history: jisr tx timeline 05T8-Q2KD-0A7".to_owned(),
            ]
        );
        let arabic = one(&leg(), 12, now, &dubai(), Locale::Ar);
        assert!(arabic.iter().all(|line| line.starts_with('\u{200f}')), "{arabic:#?}");
        assert!(shown(&arabic[2]).contains("عطل فني: لم تُنجز قطعًا"), "{arabic:#?}");
    }

    #[test]
    fn legs_are_a_table_for_people_and_fields_for_scripts() {
        let lines: Vec<String> = legs(&[leg()], &dubai(), Locale::En).iter().map(|line| shown(line)).collect();
        assert!(lines[1].starts_with("2026-01-01 04:00:00  05T8-Q2KD-0A7  BC-502  municipality  building-noc  Failed"));
        let plain = plain_leg(&Failure { detail: "two\tfields".to_owned(), ..leg() });
        assert_eq!(plain.split('\t').count(), 11);
        assert!(plain.contains("\tPERMANENT\tFAILED\t3\t2026-01-01T00:00:00.000000Z\ttwo fields"), "{plain}");
    }
}
