//! What went wrong, what to correct, and whether to try again; on standard error.

use std::io::{self, Write as _};

use jisr_core::problem::Retry;
use jisr_core::text::Locale;
use serde_json::{Value, json};

use super::style::{Mood, paint};
use super::{Format, Output, bidi, say, when};
use crate::failure::{Details, Failure};

/// Prints it.
pub(crate) fn tell(failure: &Failure, output: Output) -> io::Result<()> {
    let details = failure.details();
    if details.silent {
        return Ok(());
    }
    let mut out = anstream::stderr().lock();
    match output.format {
        Format::Json => writeln!(out, "{}", to_json(details, output.locale)),
        Format::Human | Format::Plain => {
            lines(details, output.locale).iter().try_for_each(|line| writeln!(out, "{line}"))
        }
    }
}

fn lines(details: &Details, locale: Locale) -> Vec<String> {
    let word = paint(say(locale, "خطأ:", "error:"), Mood::Bad);
    let mut first = format!("{word} {}", lines_kept(&details.message));
    if !details.reason.is_empty() {
        first.push_str(&paint(&format!(" [{}]", bidi::isolate(&details.reason, locale)), Mood::Quiet));
    }
    let mut lines = vec![first];
    for point in &details.points {
        let at = paint(&bidi::isolate(&point.at, locale), Mood::Heading);
        lines.push(format!("  {at}: {}", lines_kept(&point.message)));
    }
    lines.extend(retry(details, locale).map(|advice| format!("  {advice}")));
    lines.extend(details.advice.iter().map(|advice| format!("  {advice}")));
    lines.iter().map(|line| bidi::line(line, locale)).collect()
}

/// The server's sentence brings isolates of its own, which stay; only what commands a terminal goes.
fn lines_kept(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

fn retry(details: &Details, locale: Locale) -> Option<String> {
    let advice = match details.retry? {
        Retry::No => {
            say(locale, "لن ينجح الطلب نفسه إن أُعيد: صحّحه أولًا", "the same again fails again: correct it first")
        }
        Retry::Same => {
            say(locale, "تمكن إعادة المحاولة بأمان برقم الطلب نفسه", "safe to try again, with the same request id")
        }
        Retry::AfterReading => {
            say(locale, "اقرأ المعاملة من جديد (jisr tx get) ثم قرّر", "read it again (`jisr tx get`), then decide")
        }
        Retry::AfterSigningIn => {
            say(locale, "سجّل الدخول من جديد ثم أعد إرسال الطلب نفسه", "sign in anew, then send the same request again")
        }
    };
    let after =
        details.retry_after.map(|delay| format!(" ({} {})", say(locale, "بعد", "after"), when::span(delay, locale)));
    Some(format!("{advice}{}", after.unwrap_or_default()))
}

/// `{"error": {…}}`. Members are only ever added; those that would be empty are left out.
fn to_json(details: &Details, locale: Locale) -> Value {
    let mut error = json!({
        "exitCode": details.exit.number(),
        "message": details.message,
        "languageCode": locale.tag(),
    });
    let mut add = |key: &str, value: Value| error[key] = value;
    if !details.code.is_empty() {
        add("code", details.code.into());
    }
    if !details.reason.is_empty() {
        add("reason", details.reason.as_str().into());
    }
    if !details.points.is_empty() {
        let points = details.points.iter();
        let points = points.map(|point| match point.reason.as_str() {
            "" => json!({ "at": point.at, "message": point.message }),
            reason => json!({ "at": point.at, "reason": reason, "message": point.message }),
        });
        add("points", points.collect());
    }
    if let Some(retry) = details.retry {
        let word = match retry {
            Retry::No => "NO",
            Retry::Same => "SAME",
            Retry::AfterReading => "AFTER_READING",
            Retry::AfterSigningIn => "AFTER_SIGNING_IN",
        };
        add("retry", word.into());
    }
    if let Some(delay) = details.retry_after {
        add("retryAfterMillis", u64::try_from(delay.as_millis()).unwrap_or(u64::MAX).into());
    }
    if !details.metadata.is_empty() {
        add("metadata", json!(details.metadata));
    }
    if !details.advice.is_empty() {
        add("advice", json!(details.advice));
    }
    json!({ "error": error })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use super::*;
    use crate::output::testing::shown;
    use tonic::{Code, Status};
    use tonic_types::{ErrorDetails, StatusExt as _};

    fn refused(locale: Locale) -> Failure {
        let metadata = HashMap::from([("fields".to_owned(), "1".to_owned())]);
        let mut details = ErrorDetails::with_error_info("FIELD_INVALID", "jisr", metadata);
        let (sentence, what) = match locale {
            Locale::Ar => ("في الطلب حقول تحتاج إلى تصحيح.", "رقم القطعة: مطلوب"),
            Locale::En => ("Some fields need correction.", "Plot number: required"),
        };
        details.add_bad_request_violation("transaction.answers.plot_no", what);
        details.set_localized_message(locale.tag(), sentence);
        let status = Status::with_error_details(Code::InvalidArgument, "FIELD_INVALID", details);
        Failure::of_status(&status, "http://127.0.0.1:1", "--address", locale)
    }

    fn busy() -> Failure {
        let mut details = ErrorDetails::with_error_info("RATE_LIMITED", "jisr", HashMap::new());
        details.set_retry_info(Some(Duration::from_secs(2)));
        let status = Status::with_error_details(Code::ResourceExhausted, "Too many requests.", details);
        Failure::of_status(&status, "http://127.0.0.1:1", "--address", Locale::En)
    }

    fn told(failure: &Failure, locale: Locale) -> Vec<String> {
        lines(failure.details(), locale).iter().map(|line| shown(line)).collect()
    }

    #[test]
    fn people_read_what_to_do() {
        assert_eq!(
            told(&refused(Locale::En), Locale::En),
            [
                "error: Some fields need correction. [FIELD_INVALID]",
                "  transaction.answers.plot_no: Plot number: required",
                "  the same again fails again: correct it first",
            ]
        );
        assert_eq!(
            told(&refused(Locale::Ar), Locale::Ar)[..2],
            [
                "\u{200f}خطأ: في الطلب حقول تحتاج إلى تصحيح. [\u{2066}FIELD_INVALID\u{2069}]",
                "\u{200f}  \u{2066}transaction.answers.plot_no\u{2069}: رقم القطعة: مطلوب",
            ]
        );
        assert_eq!(told(&busy(), Locale::En)[1], "  safe to try again, with the same request id (after 2.000 s)");
    }

    #[test]
    fn programs_read_the_same_as_json() {
        assert_eq!(
            to_json(refused(Locale::En).details(), Locale::En),
            json!({ "error": {
                "exitCode": 1,
                "code": "INVALID_ARGUMENT",
                "reason": "FIELD_INVALID",
                "message": "Some fields need correction.",
                "languageCode": "en",
                "points": [{ "at": "transaction.answers.plot_no", "message": "Plot number: required" }],
                "retry": "NO",
                "metadata": { "fields": "1" },
            }})
        );
        let busy = to_json(busy().details(), Locale::En);
        assert_eq!((&busy["error"]["exitCode"], &busy["error"]["retryAfterMillis"]), (&json!(6), &json!(2_000)));
    }

    #[test]
    fn a_server_cannot_command_the_terminal() {
        let status = Status::internal("\u{1b}[2Jgone");
        let failure = Failure::of_status(&status, "http://127.0.0.1:1", "--address", Locale::En);
        assert_eq!(told(&failure, Locale::En), ["error: [2Jgone"]);
        assert_eq!(failure.exit().number(), 1);
    }
}
