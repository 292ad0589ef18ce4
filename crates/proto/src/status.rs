//! A problem of the catalogue as a gRPC status: `google.rpc.Status` with its details, in the caller's language. The only
//! place where the one becomes the other.

use std::collections::HashMap;

use jisr_core::problem::{ERROR_DOMAIN, Problem, Violation};
use jisr_core::text::Locale;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// Details travel in one header, in base64, and clients commonly take 8 KiB of headers in all. What describes fields and
/// preconditions may take so many bytes; the first ones are told, the rest counted in the metadata `left_out`.
const ROOM: usize = 3 * 1024;
/// Longest field path, name or particular, in bytes; and longest text for developers.
const LONGEST_VALUE: usize = 200;
const LONGEST_MESSAGE: usize = 400;
/// Longest sentence for people, in bytes; no text of the catalogue comes near it before its particulars are filled in.
const LONGEST_SENTENCE: usize = 900;

/// The status that tells a problem. `message` is in English, for developers; `LocalizedMessage` and the descriptions of
/// fields are in the language of `locale`, for people. The problem's source is not told: it is for the log.
#[must_use]
pub fn status(problem: &Problem, locale: Locale) -> Status {
    let reason = problem.reason();
    let mut metadata: HashMap<String, String> =
        problem.metadata().iter().map(|(key, value)| ((*key).to_owned(), cut(value, LONGEST_VALUE))).collect();
    let mut details = ErrorDetails::new();
    let mut room = ROOM;
    let mut left_out = 0;
    let mut fields = Vec::new();
    for violation in problem.violations() {
        let told = field_violation(violation, locale);
        let size = told.field.len() + told.description.len() + told.reason.len() + 16;
        if size > room {
            left_out += 1;
            continue;
        }
        room -= size;
        fields.push(told);
    }
    if !fields.is_empty() {
        details.set_bad_request(fields);
    }
    for precondition in problem.preconditions() {
        let subject = cut(&precondition.subject, LONGEST_VALUE);
        let description = cut(precondition.description.in_locale(locale), LONGEST_MESSAGE);
        let size = precondition.kind.len() + subject.len() + description.len() + 16;
        if size > room {
            left_out += 1;
            continue;
        }
        room -= size;
        details.add_precondition_failure_violation(precondition.kind, subject, description);
    }
    if left_out > 0 {
        metadata.insert("left_out".to_owned(), left_out.to_string());
    }
    if let Some(resource) = problem.about() {
        let hint = cut(&problem.it_hint(locale), LONGEST_MESSAGE);
        details.set_resource_info(resource.kind, cut(&resource.name, LONGEST_VALUE), "", hint);
    }
    if let Some(delay) = problem.delay() {
        details.set_retry_info(Some(delay));
    }
    details.set_error_info(reason.code(), ERROR_DOMAIN, metadata);
    details.set_localized_message(locale.tag(), cut(&problem.message(locale), LONGEST_SENTENCE));
    Status::with_error_details(
        Code::from_i32(reason.grpc().number()),
        cut(&problem.to_string(), LONGEST_MESSAGE),
        details,
    )
}

fn field_violation(violation: &Violation, locale: Locale) -> FieldViolation {
    FieldViolation {
        field: cut(&violation.field, LONGEST_VALUE),
        description: cut(&violation.text(locale), LONGEST_MESSAGE),
        reason: violation.rule.code().to_owned(),
        localized_message: None,
    }
}

/// At most so many bytes of a text, whole characters, with a mark where something was cut off.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(longest)])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jisr_core::problem::{Reason, Rule};
    use jisr_core::text::LocalizedText;

    use super::*;

    fn is_arabic(text: &str) -> bool {
        text.chars().any(|c| matches!(c, '\u{0621}'..='\u{064a}'))
    }

    #[test]
    fn every_reason_is_told_in_both_languages() {
        for &reason in Reason::ALL {
            for locale in [Locale::Ar, Locale::En] {
                let status = status(&Problem::new(reason), locale);
                assert_eq!(status.code() as i32, reason.grpc().number());
                assert!(status.message().starts_with(reason.code()) && !is_arabic(status.message()));
                let details = status.get_error_details();
                let info = details.error_info().unwrap();
                assert_eq!((info.reason.as_str(), info.domain.as_str()), (reason.code(), "jisr"));
                let told = details.localized_message().unwrap();
                assert_eq!(told.locale, locale.tag());
                assert_eq!(is_arabic(&told.message), locale == Locale::Ar, "{reason}: {}", told.message);
            }
        }
    }

    #[test]
    fn particulars_become_their_details() {
        let problem = Problem::new(Reason::EvidenceMissing)
            .with("evidence", "title-deed")
            .violation(
                Violation::new("transaction.answers.plot_no", Rule::Required)
                    .label(LocalizedText::bilingual("رقم القطعة", "Plot number")),
            )
            .precondition("EVIDENCE", "evidence/title-deed", LocalizedText::bilingual("سند الملكية", "Title deed"))
            .resource("jisr/Service", "services/building-noc")
            .retry_after(Duration::from_secs(3))
            .caused_by("disk full");
        let status = status(&problem, Locale::Ar);
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["evidence"], "title-deed");
        let field = &details.bad_request().unwrap().field_violations[0];
        assert_eq!((field.field.as_str(), field.reason.as_str()), ("transaction.answers.plot_no", "REQUIRED"));
        assert_eq!(field.description, "رقم القطعة: هذا الحقل مطلوب. يُرجى تعبئته.");
        let first = &details.precondition_failure().unwrap().violations[0];
        assert_eq!((first.r#type.as_str(), first.description.as_str()), ("EVIDENCE", "سند الملكية"));
        assert_eq!(details.resource_info().unwrap().resource_name, "services/building-noc");
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(Duration::from_secs(3)));
        assert!(!format!("{status:?}").contains("disk"), "the source stays behind");
    }

    #[test]
    fn however_much_is_wrong_the_answer_fits_into_headers() {
        let wrong = |at: usize| Violation::new(format!("transaction.answers.{}{at}", "ق".repeat(200)), Rule::Required);
        let problem = (0..300).fold(Problem::new(Reason::FieldInvalid).with("k", "خ".repeat(9_000)), |problem, at| {
            problem.violation(wrong(at))
        });
        let status = status(&problem, Locale::Ar);
        assert!(status.details().len() < 4_600 && status.message().len() < 500, "{}", status.details().len());
        let details = status.get_error_details();
        let told = details.bad_request().unwrap().field_violations.len();
        assert!(told > 5, "{told}");
        assert_eq!(details.error_info().unwrap().metadata["left_out"], (300 - told).to_string());
    }
}
