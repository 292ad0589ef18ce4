//! The catalogue holds together: every text in both languages, every code once, no message with a hole in it.

use std::collections::HashSet;

use super::*;

fn texts(reason: Reason) -> [Text; 3] {
    let entry = reason.entry();
    [entry.clerk, entry.it_hint, entry.operator_step]
}

fn has_arabic(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{0621}'..='\u{064a}'))
}

#[test]
fn every_reason_speaks_both_languages() {
    for &reason in Reason::ALL {
        for text in texts(reason) {
            assert!(has_arabic(text.ar) && text.ar.ends_with('.'), "{reason}: {}", text.ar);
            assert!(!has_arabic(text.en) && text.en.ends_with('.'), "{reason}: {}", text.en);
            assert!(!text.ar.contains(['?', ',', ';']), "western punctuation in {reason}: {}", text.ar);
        }
    }
}

#[test]
fn codes_are_unique_and_read_back() {
    let codes: HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for &reason in Reason::ALL {
        assert!(reason.code().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{reason}");
        assert_eq!(reason.code().parse(), Ok(reason));
    }
    assert_eq!("NO_SUCH_REASON".parse::<Reason>(), Err(ReasonError));
}

#[test]
fn the_transports_agree() {
    for &reason in Reason::ALL {
        let allowed: &[u16] = match reason.grpc() {
            GrpcCode::InvalidArgument => &[400, 413, 415, 422],
            GrpcCode::FailedPrecondition => &[400],
            GrpcCode::Unauthenticated => &[401],
            GrpcCode::PermissionDenied => &[403],
            GrpcCode::NotFound => &[404],
            GrpcCode::Unimplemented => &[404, 405],
            GrpcCode::AlreadyExists | GrpcCode::Aborted => &[409],
            GrpcCode::ResourceExhausted => &[429],
            GrpcCode::Internal => &[500],
            GrpcCode::Unavailable => &[503],
            GrpcCode::DeadlineExceeded => &[504],
        };
        assert!(allowed.contains(&reason.http()), "{reason} is {} over HTTP", reason.http());
    }
}

#[test]
fn no_message_has_a_hole_in_it() {
    for &reason in Reason::ALL {
        let problem = Problem::new(reason);
        for locale in [Locale::Ar, Locale::En] {
            for text in [problem.message(locale), problem.it_hint(locale), problem.operator_step(locale)] {
                assert!(!text.contains(['{', '}', '[', ']']), "{reason}: {text}");
                assert!(!text.contains("  ") && !text.contains(" ."), "{reason}: {text}");
            }
        }
    }
}

#[test]
fn both_languages_show_the_same_particulars() {
    let keys = |text: &str| -> HashSet<String> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(key, _)| key.to_owned()).collect()
    };
    for &reason in Reason::ALL {
        for text in texts(reason) {
            assert_eq!(keys(text.ar), keys(text.en), "{reason}");
        }
    }
}

#[test]
fn particulars_are_filled_in() {
    let state = LocalizedText::bilingual("مكتملة", "completed");
    let problem = Problem::new(Reason::StateTransitionNotAllowed).with("state", "COMPLETED").shown("state", state);
    assert_eq!(
        problem.message(Locale::Ar),
        "لا يمكن تنفيذ هذا الإجراء في الحالة الحالية للمعاملة، وهي: \u{2067}مكتملة\u{2069}. \
         يُرجى تحديث الصفحة والاطلاع على حالتها."
    );
    assert!(problem.message(Locale::En).contains("now stands: completed."));
    assert_eq!(problem.metadata(), [("state", "COMPLETED".to_owned())]);

    let busy = Problem::new(Reason::RateLimited).retry_after(Duration::from_secs(3));
    assert_eq!(
        busy.message(Locale::Ar),
        "عدد الطلبات كبير الآن. يُرجى الانتظار مدة \u{2067}3 ثوانٍ\u{2069} ثم إعادة المحاولة."
    );
    assert_eq!(busy.message(Locale::En), "There are too many requests just now. Please wait 3 seconds and try again.");

    let missing = Problem::new(Reason::ServiceNotFound).resource("jisr.v1/Service", "services/gone");
    assert_eq!(
        missing.it_hint(Locale::En),
        "Check the service's name: services/gone. ListServices shows those in force."
    );
}

#[test]
fn violations_are_told_in_words() {
    let label = LocalizedText::bilingual("رقم القطعة", "Plot number");
    let violation = Violation::new("transaction.answers.plot_no", Rule::TooLong { max: 12 }).label(label);
    assert_eq!(violation.text(Locale::Ar), "رقم القطعة: النص أطول من المسموح به. الحد الأقصى 12 حرفًا.");
    assert_eq!(violation.text(Locale::En), "Plot number: The text is too long. At most 12 characters.");
    let problem = Problem::fields(vec![violation]).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "FIELD_INVALID: Some details are missing or not correct. Please correct the fields shown and send again. \
         transaction.answers.plot_no: The text is too long. At most 12 characters."
    );
    assert!(Problem::fields(Vec::new()).is_ok());
    assert_eq!(
        Rule::Malformed { what: Thing::EmiratesId }.text(Locale::Ar),
        "صيغة رقم الهوية الإماراتية غير صحيحة. مثال على الصيغة الصحيحة: \u{2066}784-1990-1234567-1\u{2069}."
    );
}

#[test]
fn every_rule_speaks_both_languages() {
    let text = || "12".to_owned();
    let mut rules = vec![
        Rule::Required,
        Rule::TooLong { max: 1 },
        Rule::TooShort { min: 2 },
        Rule::TooMany { max: 3 },
        Rule::TooFew { min: 11 },
        Rule::Duplicate,
        Rule::Pattern { expected: String::new() },
        Rule::Pattern { expected: text() },
        Rule::OutOfRange { min: Some(text()), max: Some(text()) },
        Rule::OutOfRange { min: Some(text()), max: None },
        Rule::OutOfRange { min: None, max: Some(text()) },
        Rule::OutOfRange { min: None, max: None },
        Rule::NotAbove { limit: text() },
        Rule::NotBelow { limit: text() },
        Rule::NotMultipleOf { step: text() },
        Rule::NotOneOf { allowed: Vec::new() },
        Rule::NotOneOf { allowed: vec![text(); 12] },
        Rule::NotInFuture,
        Rule::NotInPast,
        Rule::UnknownField,
        Rule::NotAllowed,
        Rule::ConflictsWith { other: text() },
        Rule::NotUtf8,
        Rule::Unmet,
    ];
    for expected in [Kind::Text, Kind::Number, Kind::WholeNumber, Kind::YesNo, Kind::List, Kind::Group, Kind::Nothing] {
        rules.push(Rule::WrongType { expected });
    }
    for &what in Thing::ALL {
        rules.extend([
            Rule::Malformed { what },
            Rule::CheckDigit { what },
            Rule::Placeholder { what },
            Rule::NotFound { what },
        ]);
    }
    for rule in rules {
        let (ar, en) = (rule.text(Locale::Ar), rule.text(Locale::En));
        assert!(has_arabic(&ar) && ar.ends_with('.'), "{rule:?}: {ar}");
        assert!(!has_arabic(&en) && en.ends_with('.'), "{rule:?}: {en}");
    }
}

#[test]
fn the_cause_stays_behind() {
    let problem = Problem::new(Reason::JournalDown).caused_by("disk full");
    assert!(!problem.to_string().contains("disk"));
    assert_eq!(problem.source().map(ToString::to_string).as_deref(), Some("disk full"));
    assert_eq!(problem.reason().retry(), Retry::Same);
    assert_eq!(problem.reason().grpc().number(), 14);
}
