//! Messages and helpers for the tests of what is shown.

use jisr_proto::operations::v1::{FailureSelection, Job, JobKind, JobState};
use jisr_proto::v1;

use super::event::Titles;

/// Without colours.
pub(crate) fn shown(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// So many milliseconds after 2026 began.
pub(crate) fn at(millis: i64) -> Option<prost_types::Timestamp> {
    let nanos = i32::try_from(millis % 1_000).unwrap() * 1_000_000;
    Some(prost_types::Timestamp { seconds: 1_767_225_600 + millis / 1_000, nanos })
}

/// The same text in both languages.
pub(crate) fn text(ar: &str, en: &str) -> Vec<v1::LocalizedText> {
    let of = |text: &str, code: &str| v1::LocalizedText { text: text.to_owned(), language_code: code.to_owned() };
    vec![of(ar, "ar"), of(en, "en")]
}

pub(crate) fn titles() -> Titles {
    [("departments/municipality".to_owned(), text("بلدية دبي", "Dubai Municipality"))].into()
}

/// A submission, a retry, an answer, and something an operator noted.
pub(crate) fn events() -> Vec<v1::Event> {
    let event = |sequence, millis, kind: v1::ActorKind, id: &str, leg: &str, from: &str, to: &str| v1::Event {
        sequence,
        leg: leg.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        actor: Some(v1::Actor { kind: kind.into(), id: id.to_owned() }),
        time: at(millis),
        ..v1::Event::default()
    };
    use v1::ActorKind::{Client, Department, Operator, System};
    let mut events = vec![
        event(1, 0, Client, "al-twar-7", "", "", "SUBMITTED"),
        event(2, 4, System, "engine", "", "SUBMITTED", "ACCEPTED"),
        event(3, 12, System, "engine", "site-noc", "FAILED", "DISPATCHED"),
        event(4, 1_250, Department, "municipality", "site-noc", "DISPATCHED", "SUCCEEDED"),
        event(5, 125_000, Operator, "m.rashid", "", "PROCESSING", "PROCESSING"),
    ];
    events[2].attempt = 2;
    events[2].reason = "RETRIED".to_owned();
    events[3].attempt = 2;
    events[3].note = text("صدرت الشهادة", "Certificate issued");
    events
}

/// One that has ended, with everything a front end may be shown.
pub(crate) fn completed() -> v1::Transaction {
    let leg = v1::Leg {
        name: "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff/legs/site-noc".to_owned(),
        department: "departments/municipality".to_owned(),
        operation: "noc-issue".to_owned(),
        state: v1::LegState::Succeeded.into(),
        attempt: 2,
        dispatch_time: at(12),
        called_time: at(40),
        answered_time: at(1_240),
        returned_time: at(1_250),
        legacy_refs: vec![v1::LegacyRef {
            system: "building-control".to_owned(),
            key: "application_no".to_owned(),
            value: "BLD/2026/17".to_owned(),
        }],
        ..v1::Leg::default()
    };
    v1::Transaction {
        name: "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff".to_owned(),
        reference_no: "05T8-Q2KD-0A7".to_owned(),
        service: "services/building-noc".to_owned(),
        state: v1::TransactionState::Completed.into(),
        submit_time: at(0),
        update_time: at(1_250),
        complete_time: at(1_250),
        legs: vec![leg],
        outputs: vec![v1::Output {
            r#type: "no-objection-certificate".to_owned(),
            licence_no: "NOC-17".to_owned(),
            valid_to_date: Some(jisr_proto::google::r#type::Date { year: 2027, month: 1, day: 1 }),
            verify_uri: "https://verify.example/NOC-17".to_owned(),
            ..v1::Output::default()
        }],
        warnings: vec![v1::Warning {
            field: "applicant.person.identifiers[0].value".to_owned(),
            reason: "CHECK_DIGIT".to_owned(),
            message: text("رقم التحقق غير مطابق", "The check digit does not fit"),
        }],
        ..v1::Transaction::default()
    }
}

/// A redrive half-way, of which two legs were parked again.
pub(crate) fn job() -> Job {
    Job {
        name: "jobs/0f8fad5b-d9cb-469f-a165-70867728950e".to_owned(),
        kind: JobKind::Redrive.into(),
        selection: Some(FailureSelection {
            department: "departments/municipality".to_owned(),
            reason: "BC-502".to_owned(),
            ..FailureSelection::default()
        }),
        reason: "their schema is back".to_owned(),
        operator: "m.rashid".to_owned(),
        create_time: at(0),
        state: JobState::Running.into(),
        concurrency: 2,
        per_second: 5,
        total_count: 12,
        done_count: 4,
        failed_count: 2,
        in_hand_count: 2,
        ..Job::default()
    }
}
