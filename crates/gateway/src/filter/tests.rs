//! What filters mean, what is wrong with the others and where; and no text whatever harms the reader.

use jisr_core::state::TransactionState;
use jisr_core::text::Locale;
use jisr_core::time::Timestamp;
use proptest::prelude::*;

use super::*;

fn time(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[test]
fn filters_mean_what_they_say() {
    let number = jisr_core::reference_no::ReferenceNo::new(time("2026-03-01T07:30:00Z").unwrap(), 9).to_string();
    let bare = number.replace('-', "").to_lowercase();
    let everything = Filter::default;
    let states = |states: &[TransactionState]| Filter { states: states.to_vec(), ..everything() };
    let service = || Some("building-noc".parse().unwrap());
    for (text, expected) in [
        ("", everything()),
        ("  ", everything()),
        ("state = PROCESSING", states(&[TransactionState::Processing])),
        ("state=\"PROCESSING\"", states(&[TransactionState::Processing])),
        ("state = TRANSACTION_STATE_COMPLETED", states(&[TransactionState::Completed])),
        (
            "(state = COMPLETED OR state = PROCESSING)",
            states(&[TransactionState::Processing, TransactionState::Completed]),
        ),
        (
            "service = \"services/building-noc\" AND state = COMPLETED OR state = REJECTED",
            Filter { service: service(), ..states(&[TransactionState::Completed, TransactionState::Rejected]) },
        ),
        ("service = building-noc", Filter { service: service(), ..everything() }),
        ("((service = services/building-noc))", Filter { service: service(), ..everything() }),
        ("channel.centre = 'al-twar'", Filter { centre: Some("al-twar".parse().unwrap()), ..everything() }),
        ("centre = centres/al-twar", Filter { centre: Some("al-twar".parse().unwrap()), ..everything() }),
        (
            "create_time >= \"2026-03-01T00:00:00+04:00\" AND create_time < 2026-04-01T00:00:00Z",
            Filter { from: time("2026-02-28T20:00:00Z"), to: time("2026-04-01T00:00:00Z"), ..everything() },
        ),
        (
            "create_time > 2026-03-01T00:00:00Z AND create_time <= 2026-03-02T00:00:00Z",
            Filter {
                from: time("2026-03-01T00:00:00.000001Z"),
                to: time("2026-03-02T00:00:00.000001Z"),
                ..everything()
            },
        ),
        (&format!("reference_no = {bare}"), Filter { reference_no: Some(number.as_str().into()), ..everything() }),
        (
            &format!("reference_no = \"\u{2066}{number}\u{2069}\""),
            Filter { reference_no: Some(number.as_str().into()), ..everything() },
        ),
    ] {
        assert_eq!(read(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (text, position, field, rule) in [
        ("colour = red", 1, "colour", "NOT_ONE_OF"),
        ("الحالة = مكتملة", 1, "الحالة", "NOT_ONE_OF"),
        ("state = \"مكتملة\"", 9, "state", "NOT_ONE_OF"),
        ("state = processing", 9, "state", "NOT_ONE_OF"),
        ("state", 6, "state", "NOT_ONE_OF"),
        ("state =", 8, "state", "REQUIRED"),
        ("state = AND", 9, "state", "REQUIRED"),
        ("state != COMPLETED", 7, "", "NOT_ONE_OF"),
        ("state > COMPLETED", 1, "state", "NOT_ONE_OF"),
        ("state = COMPLETED AND", 22, "", "NOT_ONE_OF"),
        ("state = COMPLETED state = REJECTED", 19, "", "NOT_ONE_OF"),
        ("state = COMPLETED AND state = REJECTED", 23, "state", "DUPLICATE"),
        ("(state = COMPLETED", 19, "", "NOT_ONE_OF"),
        ("state = COMPLETED)", 18, "", "NOT_ONE_OF"),
        ("NOT state = COMPLETED", 5, "NOT", "NOT_ONE_OF"),
        ("state = COMPLETED OR service = building-noc", 22, "service", "NOT_ONE_OF"),
        ("(state = COMPLETED AND centre = al-twar) OR state = REJECTED", 2, "", "NOT_ONE_OF"),
        ("service = \"شهادة\"", 11, "service", "MALFORMED"),
        ("service = centres/al-twar", 11, "service", "MALFORMED"),
        ("service = a AND service = b", 17, "service", "DUPLICATE"),
        ("reference_no = 0000-0000-002", 16, "reference_no", "MALFORMED"),
        ("reference_no > 1", 1, "reference_no", "NOT_ONE_OF"),
        ("create_time = 2026-03-01T00:00:00Z", 1, "create_time", "NOT_ONE_OF"),
        ("create_time >= yesterday", 16, "create_time", "MALFORMED"),
        ("create_time >= 2026-03-01T00:00:00Z AND create_time > 2026-03-01T00:00:00Z", 41, "create_time", "DUPLICATE"),
        ("state = \"COMPLETED", 9, "", "NOT_ONE_OF"),
        ("state = COMPLETED, REJECTED", 18, "", "NOT_ONE_OF"),
        (&"(".repeat(40), 18, "", "TOO_MANY"),
        (&"ح".repeat(1_001), 1_001, "", "TOO_LONG"),
    ] {
        let fault = read(text).unwrap_err();
        assert_eq!((fault.position, fault.field.as_str(), fault.rule.code()), (position, field, rule), "{text}");
    }
}

#[test]
fn a_wrong_filter_is_told_in_both_languages() {
    let problem = parse("colour = red").unwrap_err();
    assert_eq!(problem.reason(), Reason::FilterInvalid);
    assert_eq!(problem.metadata(), [("position", "1".to_owned()), ("field", "colour".to_owned())]);
    assert!(problem.it_hint(Locale::En).contains("the error is at 1"));
    let violation = &problem.violations()[0];
    assert_eq!(violation.field, "filter");
    assert!(violation.text(Locale::En).contains("state, service, channel.centre"));
    assert!(violation.text(Locale::Ar).contains("reference_no"));
}

proptest! {
    #[test]
    fn no_text_harms_the_reader(text in "\\PC*") {
        let _ = read(&text);
    }

    #[test]
    fn nothing_like_a_filter_harms_it(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "state", "service", "create_time", "=", ">=", "<", ">", "<=", "AND", "OR", "(", ")", "COMPLETED",
                "\"", "'", "\\", "مكتملة", "2026-03-01T00:00:00Z", " ", "!",
            ]),
            0..24,
        ),
        gap in proptest::sample::select(vec!["", " "]),
    ) {
        let text = words.join(gap);
        if let Err(fault) = read(&text) {
            prop_assert!(fault.position >= 1 && fault.position <= text.chars().count() + 1, "{}: {:?}", text, fault);
        }
    }
}
