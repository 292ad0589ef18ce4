//! How an application stands or ended: its state, how long each part took, what the customer takes home.

use jisr_core::text::Locale;
use jisr_proto::google::r#type::Date;
use jisr_proto::v1;

use super::event::{Titles, department};
use super::style::{Mood, paint};
use super::{bidi, say, table, when, words};

/// The lines for people.
pub(crate) fn human(transaction: &v1::Transaction, titles: &Titles, locale: Locale) -> Vec<String> {
    let mut lines = vec![head(transaction, locale)];
    if let Some(span) = when::between(transaction.submit_time.as_ref(), transaction.complete_time.as_ref()) {
        let words =
            say(locale, "الزمن الحرج، من الاستلام إلى تمام المعالجة", "critical time, accepted to fully processed");
        lines.push(format!("{words}: {}", when::span(span, locale)));
    }
    let mut lines: Vec<String> = lines.into_iter().map(|line| bidi::line(&line, locale)).collect();
    lines.extend(legs(transaction, titles, locale));
    let mut section = |title: (&'static str, &'static str), items: Vec<String>| {
        if !items.is_empty() {
            lines.push(bidi::line(&paint(say(locale, title.0, title.1), Mood::Heading), locale));
            lines.extend(items.into_iter().map(|item| bidi::line(&format!("  {item}"), locale)));
        }
    };
    let each = |show: &dyn Fn(&v1::Leg) -> Vec<String>| transaction.legs.iter().flat_map(show).collect();
    section(("الأعطال", "Faults"), each(&|leg| fault(leg, locale)));
    section(("ما قالته الجهات", "What departments said"), each(&|leg| status(leg, titles, locale)));
    section(("أرقام الجهات", "Departments' own numbers"), each(&|leg| numbers(leg, locale)));
    section(("المخرجات", "Outputs"), transaction.outputs.iter().map(|output| result(output, locale)).collect());
    section(("تنبيهات", "Warnings"), transaction.warnings.iter().map(|given| warning(given, locale)).collect());
    lines
}

/// State, reason, reference number and name.
pub(crate) fn head(transaction: &v1::Transaction, locale: Locale) -> String {
    let (state, mood) = words::transaction_state(words::short(transaction.state()), locale);
    let mut parts = vec![paint(&state, mood)];
    if !transaction.state_reason.is_empty() {
        parts.push(bidi::isolate(&transaction.state_reason, locale));
    }
    if !transaction.reference_no.is_empty() {
        let number = paint(&bidi::isolate(&transaction.reference_no, locale), Mood::Heading);
        parts.push(format!("{} {number}", say(locale, "الرقم المرجعي", "reference")));
    }
    if !transaction.name.is_empty() {
        parts.push(paint(&bidi::isolate(&transaction.name, locale), Mood::Quiet));
    }
    parts.join(" · ")
}

/// Each leg with the four parts of its time: before it left Jisr, on the way to the department's system, in it, and
/// on the way back until it was durable.
fn legs(transaction: &v1::Transaction, titles: &Titles, locale: Locale) -> Vec<String> {
    if transaction.legs.is_empty() {
        return Vec::new();
    }
    let titles_of = [
        ("الخطوة", "LEG"),
        ("الجهة", "DEPARTMENT"),
        ("الحالة", "STATE"),
        ("انتظار في جسر", "WAITED"),
        ("في الطريق", "ON THE WAY"),
        ("في نظام الجهة", "IN ITS SYSTEM"),
        ("العودة", "BACK"),
    ];
    let mut rows = vec![titles_of.map(|(ar, en)| (say(locale, ar, en).to_owned(), Mood::Heading)).to_vec()];
    for leg in &transaction.legs {
        let (state, mood) = words::leg_state(words::short_leg(leg.state()), locale);
        let state = if leg.held {
            format!("{state} {}", say(locale, "(بانتظار المشغِّل)", "(held)"))
        } else {
            state
        };
        let mut row = vec![
            (bidi::isolate(words::id_of(&leg.name), locale), Mood::Plain),
            (department(&leg.department, titles, locale), Mood::Plain),
            (state, mood),
        ];
        let moments = [
            transaction.submit_time.as_ref(),
            leg.dispatch_time.as_ref(),
            leg.called_time.as_ref(),
            leg.answered_time.as_ref(),
            leg.returned_time.as_ref(),
        ];
        row.extend(moments.windows(2).map(|pair| {
            let span = when::between(pair[0], pair[1]);
            (span.map_or_else(|| "–".to_owned(), |span| when::span(span, locale)), Mood::Plain)
        }));
        rows.push(row);
    }
    table(&rows, locale)
}

fn fault(leg: &v1::Leg, locale: Locale) -> Vec<String> {
    // A fault that was overcome is history; the timeline has it.
    let overcome = matches!(leg.state(), v1::LegState::Succeeded | v1::LegState::Compensated);
    let fault = leg.last_error.as_ref().filter(|_| !overcome);
    let told = fault.map(|fault| {
        let message = words::pick(&fault.message, locale);
        let (leg, reason) = (bidi::isolate(words::id_of(&leg.name), locale), bidi::isolate(&fault.reason, locale));
        format!("{leg}: {} {message}", paint(&reason, Mood::Bad)).trim_end().to_owned()
    });
    told.into_iter().collect()
}

fn status(leg: &v1::Leg, titles: &Titles, locale: Locale) -> Vec<String> {
    let said = words::pick(&leg.department_status, locale);
    let told = (!said.is_empty()).then(|| format!("{}: {said}", department(&leg.department, titles, locale)));
    told.into_iter().collect()
}

fn numbers(leg: &v1::Leg, locale: Locale) -> Vec<String> {
    let show = |number: &v1::LegacyRef| {
        let [system, key, value] = [&number.system, &number.key, &number.value].map(|text| bidi::isolate(text, locale));
        format!("{system} {key} {value}")
    };
    leg.legacy_refs.iter().map(show).collect()
}

fn result(output: &v1::Output, locale: Locale) -> String {
    let mut parts = vec![bidi::isolate(&output.r#type, locale)];
    if !output.licence_no.is_empty() {
        parts.push(paint(&bidi::isolate(&output.licence_no, locale), Mood::Heading));
    }
    for (word, date) in [
        (say(locale, "من", "from"), output.valid_from_date.as_ref()),
        (say(locale, "إلى", "until"), output.valid_to_date.as_ref()),
    ] {
        if let Some(Date { year, month, day }) = date {
            parts.push(format!("{word} {}", bidi::isolate(&format!("{year:04}-{month:02}-{day:02}"), locale)));
        }
    }
    let document = output.document.as_ref().map(|document| &document.uri);
    for address in [Some(&output.verify_uri), document].into_iter().flatten().filter(|address| !address.is_empty()) {
        parts.push(bidi::isolate(address, locale));
    }
    parts.join("  ")
}

fn warning(warning: &v1::Warning, locale: Locale) -> String {
    let message = words::pick(&warning.message, locale);
    let said = if message.is_empty() { bidi::isolate(&warning.reason, locale) } else { message };
    format!("{}: {said}", bidi::isolate(&warning.field, locale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{completed, shown, titles};

    fn lines(transaction: &v1::Transaction, locale: Locale) -> Vec<String> {
        human(transaction, &titles(), locale).iter().map(|line| shown(line)).collect()
    }

    #[test]
    fn the_end_reads_right_in_english() {
        assert_eq!(
            lines(&completed(), Locale::En),
            [
                "Completed · reference 05T8-Q2KD-0A7 · transactions/019ca77b-46fb-7fff-bfff-ffffffffffff",
                "critical time, accepted to fully processed: 1.250 s",
                "LEG       DEPARTMENT          STATE  WAITED  ON THE WAY  IN ITS SYSTEM  BACK",
                "site-noc  Dubai Municipality  Done   12 ms   28 ms       1.200 s        10 ms",
                "Departments' own numbers",
                "  building-control application_no BLD/2026/17",
                "Outputs",
                "  no-objection-certificate  NOC-17  until 2027-01-01  https://verify.example/NOC-17",
                "Warnings",
                "  applicant.person.identifiers[0].value: The check digit does not fit",
            ]
        );
    }

    #[test]
    fn the_end_reads_right_in_arabic() {
        let lines = lines(&completed(), Locale::Ar);
        assert!(lines.iter().all(|line| line.starts_with('\u{200f}')), "{lines:#?}");
        assert!(
            lines[0].starts_with("\u{200f}مكتملة · الرقم المرجعي \u{2066}05T8-Q2KD-0A7\u{2069} · "),
            "{}",
            lines[0]
        );
        assert_eq!(lines[1], "\u{200f}الزمن الحرج، من الاستلام إلى تمام المعالجة: \u{2066}1.250\u{2069} ث");
        assert!(lines[3].contains("\u{2067}بلدية دبي\u{2069}") && lines[3].contains("أُنجزت"), "{}", lines[3]);
        assert_eq!(
            lines[9],
            "\u{200f}  \u{2066}applicant.person.identifiers[0].value\u{2069}: \u{2067}رقم التحقق غير مطابق\u{2069}"
        );
    }

    #[test]
    fn what_has_not_happened_yet_is_a_dash_and_a_fault_is_told() {
        let mut transaction = completed();
        transaction.state = v1::TransactionState::Processing.into();
        transaction.complete_time = None;
        transaction.legs[0].state = v1::LegState::InDoubt.into();
        transaction.legs[0].held = true;
        transaction.legs[0].answered_time = None;
        transaction.legs[0].returned_time = None;
        transaction.legs[0].last_error =
            Some(v1::LegError { reason: "LEGACY_FAULT".to_owned(), ..v1::LegError::default() });
        let lines = lines(&transaction, Locale::En);
        assert!(!lines.iter().any(|line| line.starts_with("critical time")), "{lines:#?}");
        assert!(lines[2].ends_with("In doubt (held)  12 ms   28 ms       –              –"), "{}", lines[2]);
        assert_eq!(lines[3..5], ["Faults", "  site-noc: LEGACY_FAULT"]);
    }
}
