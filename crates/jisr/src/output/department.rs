//! Departments as operators see them: who is up, what waits and since when, who is paused and what fails.

use jiff::tz::TimeZone;
use jisr_core::text::Locale;
use jisr_core::time::Timestamp;
use jisr_proto::convert;
use jisr_proto::operations::v1::{Breaker, BreakerState, DepartmentStatus};
use jisr_proto::v1::DepartmentState;

use super::style::{Mood, paint};
use super::{bidi, one_field, say, table, when, words};

/// One line for each, with headings; then who is paused and by whom, and which operations fail.
pub(crate) fn human(departments: &[DepartmentStatus], now: Timestamp, zone: &TimeZone, locale: Locale) -> Vec<String> {
    let titles = [
        ("الجهة", "DEPARTMENT"),
        ("الاسم", "NAME"),
        ("الحالة", "STATE"),
        ("الموصِّل", "ADAPTER"),
        ("بانتظار الجهة", "WAITING"),
        ("أقدمها", "OLDEST"),
        ("لم تُرسل", "UNSENT"),
        ("متوقفة", "PARKED"),
    ];
    let mut rows = vec![titles.map(|(ar, en)| (say(locale, ar, en).to_owned(), Mood::Heading)).to_vec()];
    for department in departments {
        let text = |text: &str| if text.is_empty() { "–".to_owned() } else { bidi::isolate(text, locale) };
        let plain = |value: &str| (text(value), Mood::Plain);
        let oldest = when::ago(department.oldest_waiting_time.as_ref(), now, locale);
        let parked = if department.legs_held > 0 { Mood::Bad } else { Mood::Plain };
        rows.push(vec![
            plain(words::id_of(&department.department)),
            (words::pick(&department.titles, locale), Mood::Plain),
            state(department, locale),
            plain(&department.adapter_version),
            plain(&department.legs_waiting.to_string()),
            (if oldest.is_empty() { "–".to_owned() } else { oldest }, Mood::Plain),
            plain(&department.messages_unsent.to_string()),
            (text(&department.legs_held.to_string()), parked),
        ]);
    }
    let mut lines = table(&rows, locale);
    let mut section = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            lines.push(bidi::line(&paint(title, Mood::Heading), locale));
            lines.extend(items.into_iter().map(|item| bidi::line(&format!("  {item}"), locale)));
        }
    };
    section(
        say(locale, "أُوقف الإرسال إليها", "Paused"),
        departments.iter().filter_map(|department| pause(department, now, zone, locale)).collect(),
    );
    section(
        say(locale, "مغلقة بحسب أوقات عملها", "Closed by their calendar"),
        departments.iter().filter_map(|department| closed(department, now, zone, locale)).collect(),
    );
    let doubted = departments.iter().filter(|department| !department.conformance_doubt.is_empty());
    section(
        say(locale, "موصِّلات غير موثوق بها، فلا يُرسل إليها شيء", "Adapters that are not trusted, and sent nothing"),
        doubted
            .map(|department| {
                let text = |text: &str| bidi::isolate(text, locale);
                format!("{}: {}", text(words::id_of(&department.department)), text(&department.conformance_doubt))
            })
            .collect(),
    );
    let failing = |department: &DepartmentStatus| -> Vec<String> {
        department.breakers.iter().map(|open| breaker(department, open, now, zone, locale)).collect()
    };
    section(
        say(locale, "عمليات تتعطل، فلا يُرسل منها إلا طلب واحد للتجربة", "Failing, and therefore only probed"),
        departments.iter().flat_map(failing).collect(),
    );
    lines
}

/// Paused and down is both: neither hides the other.
fn state(department: &DepartmentStatus, locale: Locale) -> (String, Mood) {
    let (word, mood) = match department.state() {
        DepartmentState::Up => (say(locale, "يعمل", "Up"), Mood::Good),
        DepartmentState::Down => (say(locale, "لا يجيب", "Down"), Mood::Bad),
        DepartmentState::Unknown | DepartmentState::Unspecified => {
            (say(locale, "لم يُعلن عن نفسه", "Not heard of"), Mood::Quiet)
        }
    };
    let mut parts = vec![word];
    let mut worst = mood;
    if !department.breakers.is_empty() {
        parts.push(say(locale, "تعطّل", "failing"));
        worst = Mood::Bad;
    }
    if department.pause.is_some() {
        parts.push(say(locale, "موقوف", "paused"));
        worst = if worst == Mood::Bad { worst } else { Mood::Waiting };
    }
    if department.closed_until_time.is_some() {
        parts.push(say(locale, "مغلق", "closed"));
        worst = if worst == Mood::Bad { worst } else { Mood::Waiting };
    }
    (parts.join(say(locale, "، ", ", ")), worst)
}

fn closed(department: &DepartmentStatus, now: Timestamp, zone: &TimeZone, locale: Locale) -> Option<String> {
    let opens = department.closed_until_time.as_ref()?;
    let text = |text: &str| bidi::isolate(text, locale);
    let line = format!(
        "{}: {} {} ({} {}) {}",
        text(words::id_of(&department.department)),
        say(locale, "مغلق حتى", "closed until"),
        text(&when::local(Some(opens), zone)),
        say(locale, "بعد", "in"),
        when::about(convert::time(opens).since(now), locale),
        words::quoted(&words::pick(&department.closed_reason, locale), locale)
    );
    Some(line.trim_end().to_owned())
}

fn pause(department: &DepartmentStatus, now: Timestamp, zone: &TimeZone, locale: Locale) -> Option<String> {
    let pause = department.pause.as_ref()?;
    let text = |text: &str| bidi::isolate(text, locale);
    let line = format!(
        "{}: {} {}{} {} ({}) {}",
        text(words::id_of(&department.department)),
        say(locale, "أوقفه", "by"),
        text(&pause.operator),
        say(locale, "،", ","),
        text(&when::local(pause.time.as_ref(), zone)),
        when::ago(pause.time.as_ref(), now, locale),
        words::quoted(&words::pick(&pause.reason, locale), locale)
    );
    Some(line.trim_end().to_owned())
}

fn breaker(
    department: &DepartmentStatus,
    breaker: &Breaker,
    now: Timestamp,
    zone: &TimeZone,
    locale: Locale,
) -> String {
    let text = |text: &str| bidi::isolate(text, locale);
    let mut parts = vec![
        format!("{} {}", text(words::id_of(&department.department)), text(&breaker.operation)),
        paint(&text(&breaker.fault_code), Mood::Bad),
        format!("{} {}", say(locale, "أعطال متتالية:", "faults in a row:"), text(&breaker.failures.to_string())),
        format!("{} {}", say(locale, "منذ", "since"), text(&when::local(breaker.time.as_ref(), zone))),
    ];
    let next = breaker.next_probe_time.as_ref().map(|next| convert::time(next).since(now));
    parts.push(match (breaker.state(), next) {
        (BreakerState::HalfOpen, _) => say(locale, "طلب تجربة في الطريق", "a probe is under way").to_owned(),
        (_, Some(wait)) => {
            format!("{} {}", say(locale, "التجربة التالية بعد", "next probe in"), when::about(wait, locale))
        }
        (_, None) => String::new(),
    });
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// One line: department, state, adapter version, last heard of, waiting, oldest waiting, unsent, oldest unsent, parked,
/// paused by, paused since, paused why, failing operations separated by commas, closed until.
pub(crate) fn plain(department: &DepartmentStatus, locale: Locale) -> String {
    let pause = department.pause.clone().unwrap_or_default();
    let failing: Vec<&str> = department.breakers.iter().map(|breaker| breaker.operation.as_str()).collect();
    [
        department.department.clone(),
        department.state().as_str_name().trim_start_matches("DEPARTMENT_STATE_").to_owned(),
        department.adapter_version.clone(),
        when::exact(department.last_heartbeat_time.as_ref()),
        department.legs_waiting.to_string(),
        when::exact(department.oldest_waiting_time.as_ref()),
        department.messages_unsent.to_string(),
        when::exact(department.oldest_unsent_time.as_ref()),
        department.legs_held.to_string(),
        pause.operator,
        when::exact(pause.time.as_ref()),
        convert::text_from(&pause.reason).in_locale(locale).to_owned(),
        failing.join(","),
        when::exact(department.closed_until_time.as_ref()),
    ]
    .map(|value| one_field(&value))
    .join("\t")
}

#[cfg(test)]
mod tests {
    use jisr_proto::operations::v1::DepartmentPause;

    use super::*;
    use crate::output::testing::{at, shown, text};

    fn municipality() -> DepartmentStatus {
        DepartmentStatus {
            department: "departments/municipality".to_owned(),
            titles: text("بلدية دبي", "Dubai Municipality"),
            state: DepartmentState::Up.into(),
            adapter_version: "0.1.0".to_owned(),
            legs_waiting: 12,
            oldest_waiting_time: at(0),
            messages_unsent: 9,
            legs_held: 4,
            pause: Some(DepartmentPause {
                operator: "m.rashid".to_owned(),
                time: at(60_000),
                reason: text("نقل قاعدة البيانات", "the database is being moved"),
            }),
            breakers: vec![Breaker {
                operation: "building-noc".to_owned(),
                state: BreakerState::Open.into(),
                time: at(0),
                fault_code: "BC-901".to_owned(),
                failures: 7,
                next_probe_time: at(135_000),
            }],
            ..DepartmentStatus::default()
        }
    }

    #[test]
    fn nothing_hides_anything_else() {
        let zone = TimeZone::fixed(jiff::tz::offset(4));
        let now = Timestamp::from_millis(1_767_225_600_000 + 125_000);
        let quiet = DepartmentStatus {
            department: "departments/health".to_owned(),
            titles: text("هيئة الصحة", "Health Authority"),
            state: DepartmentState::Unknown.into(),
            ..DepartmentStatus::default()
        };
        let lines = human(&[quiet, municipality()], now, &zone, Locale::En);
        let lines: Vec<String> = lines.iter().map(|line| shown(line)).collect();
        assert_eq!(
            lines,
            [
                "DEPARTMENT    NAME                STATE                ADAPTER  WAITING  OLDEST      UNSENT  PARKED",
                "health        Health Authority    Not heard of         –        0        –           0       0",
                "municipality  Dubai Municipality  Up, failing, paused  0.1.0    12       2 min 05 s  9       4",
                "Paused",
                "  municipality: by m.rashid, 2026-01-01 04:01:00 (1 min 05 s) “the database is being moved”",
                "Failing, and therefore only probed",
                "  municipality building-noc · BC-901 · faults in a row: 7 · since 2026-01-01 04:00:00 · next probe in 10 s",
            ]
        );
        let arabic: Vec<String> =
            human(&[municipality()], now, &zone, Locale::Ar).iter().map(|line| shown(line)).collect();
        assert!(arabic[1].contains("يعمل، تعطّل، موقوف"), "{arabic:#?}");
        assert!(arabic.iter().any(|line| line.contains("«\u{2067}نقل قاعدة البيانات\u{2069}»")), "{arabic:#?}");
    }

    #[test]
    fn plain_departments_have_fourteen_fields() {
        let line = plain(&municipality(), Locale::En);
        assert_eq!(line.split('\t').count(), 14);
        assert!(line.ends_with("\tm.rashid\t2026-01-01T00:01:00.000000Z\tthe database is being moved\tbuilding-noc\t"));
        assert_eq!(plain(&DepartmentStatus::default(), Locale::En).split('\t').count(), 14);
    }
}
