//! Round trips, errors that name the field, and the bytes of stored version 1, which never change.
//!
//! A golden is never edited once released. A field that is added gets a golden of its own beside the old ones.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt::Write, fs};

use jisr_core::case::{Actor, ActorKind, Case, Ending, EventRecord, Leg, LegProgress, LegTimes, Moved, RequestKind};
use jisr_core::fault::{Fault, FaultClass};
use jisr_core::name::LegId;
use jisr_core::state::{LegState, TransactionState};
use jisr_core::text::{Language, LocalizedText};
use jisr_core::time::Timestamp;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000 + second * 1_000_000)
}

fn fresh() -> Case {
    let leg = |id: &str, on: Vec<u16>| {
        Leg::planned(id.parse().unwrap(), "municipality".parse().unwrap(), "issue-permit".parse().unwrap(), on)
    };
    Case::new(vec![leg("permit", vec![]), leg("inspection", vec![0])], at(0), None)
}

/// Every field holds something.
fn full() -> Case {
    let mut case = fresh();
    case.state = TransactionState::Suspended;
    case.before_hold = Some(TransactionState::InformationRequired);
    case.ending = Some(Ending::Cancelled);
    case.payment_due = true;
    case.reason = Some("INFORMATION_REQUIRED".into());
    case.last_event = 17;
    case.update_time = at(9);
    case.complete_time = Some(at(10));
    case.expire_time = Some(at(11));
    let fault = Fault::new(FaultClass::Mapping, "MAPPING_LOSS")
        .detail("U+0661 has no place in windows-1256")
        .field("answers.plot_no")
        .retry_after(Duration::from_millis(1_500));
    let mut status = LocalizedText::bilingual("قيد التدقيق لدى البلدية", "Under review");
    status.set("ur".parse::<Language>().unwrap(), "زیر غور");
    case.legs[1].progress = LegProgress {
        state: LegState::InDoubt,
        attempt: 3,
        asked: RequestKind::Lookup,
        awaiting: true,
        reply_sequence: 2,
        failures: 4,
        held: true,
        times: LegTimes { dispatched: Some(at(1)), called: Some(at(2)), answered: Some(at(3)), returned: Some(at(4)) },
        execute_before: Some(at(5)),
        wake: Some(at(6)),
        fault: Some((fault, at(7))),
        status,
        outcome: Some(Bytes::from_static(&[0, 0xff, 1])),
    };
    case
}

fn events() -> Vec<EventRecord> {
    let event = |sequence, kind, id: &str, moved, reason: Option<&str>, note| EventRecord {
        sequence,
        time: at(i64::from(sequence)),
        actor: Actor::new(kind, id),
        moved,
        reason: reason.map(Arc::from),
        note,
    };
    let submitted = Moved::Transaction { from: None, to: TransactionState::Submitted };
    let accepted = Moved::Transaction { from: Some(TransactionState::Submitted), to: TransactionState::Accepted };
    let leg = |from, to, request| Moved::Leg { leg: LegId::new("permit").unwrap(), from, to, attempt: 1, request };
    let none = LocalizedText::default;
    vec![
        event(1, ActorKind::FrontEnd, "ghubar", submitted, None, none()),
        event(2, ActorKind::Engine, "engine", accepted, None, none()),
        event(
            3,
            ActorKind::Operator,
            "m.rashid",
            leg(LegState::Failed, LegState::Dispatched, Some(RequestKind::Execute)),
            Some("REDRIVEN"),
            LocalizedText::single(Language::Ar, "أعيد الإرسال بعد إصلاح الربط"),
        ),
        event(
            4,
            ActorKind::Department,
            "municipality",
            leg(LegState::Dispatched, LegState::Succeeded, None),
            None,
            LocalizedText::bilingual("صدرت الرخصة", "Permit issued"),
        ),
    ]
}

/// Hexadecimal in lines of 32 bytes: a difference shows in a review.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(32) {
        for byte in line {
            write!(text, "{byte:02x}").unwrap();
        }
        text.push('\n');
    }
    text
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn golden(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("goldens/stored-v1").join(name);
    fs::read_to_string(&path).unwrap_or_default()
}

#[test]
fn stored_version_1_stays_as_it_is() {
    for (name, case) in [("case-fresh.hex", fresh()), ("case-full.hex", full())] {
        let now = encode_case(&case);
        assert_eq!(golden(name), hex(&now), "{name} is encoded otherwise than it was; now:\n{}", hex(&now));
        assert_eq!(decode_case(&unhex(&golden(name))), Ok(case), "{name}");
    }
    let now = encode_events(&events());
    assert_eq!(golden("events.hex"), hex(&now), "events.hex is encoded otherwise; now:\n{}", hex(&now));
    assert_eq!(decode_events(&unhex(&golden("events.hex"))), Ok(events()));
}

#[test]
fn every_word_has_a_number_of_its_own() {
    for state in TransactionState::ALL {
        assert_eq!(state_of_number(state_number(state)), Some(state));
        let case = Case { state, before_hold: Some(state), ..fresh() };
        assert_eq!(decode_case(&encode_case(&case)), Ok(case));
    }
    for (state, class) in LegState::ALL.into_iter().zip(FaultClass::ALL.into_iter().cycle()) {
        let mut case = fresh();
        case.legs[0].progress.state = state;
        case.legs[0].progress.fault = Some((Fault::new(class, ""), at(1)));
        assert_eq!(decode_case(&encode_case(&case)), Ok(case));
    }
    for ending in [Ending::Cancelled, Ending::Rejected, Ending::Expired] {
        let case = Case { ending: Some(ending), reason: Some("".into()), ..fresh() };
        assert_eq!(decode_case(&encode_case(&case)), Ok(case));
    }
    assert_eq!(state_of_number(0), None);
}

#[test]
fn an_error_names_the_field() {
    let broken = |edit: fn(&mut stored::Case)| {
        let mut case = write::case(&full());
        edit(&mut case);
        decode_case(&case.encode_to_vec()).unwrap_err()
    };
    for (error, field, reason) in [
        (broken(|case| case.state = 0), "state", "0 is no value of it"),
        (broken(|case| case.legs[1].state = 99), "legs[1].state", "99 is no value of it"),
        (broken(|case| case.legs[0].depends_on = vec![65_536]), "legs[0].depends_on", "65536 is no position in a plan"),
        (broken(|case| case.legs[1].id.clear()), "legs[1].id", "the name is empty"),
        (broken(|case| case.legs[1].status[0].language_code.clear()), "legs[1].status", "not a BCP 47 language tag"),
        (
            broken(|case| case.legs[1].fault.as_mut().unwrap().fault_class = 0),
            "legs[1].fault.fault_class",
            "0 is no value of it",
        ),
    ] {
        let expected = StoredError { message: "Case", field: field.to_owned(), reason: reason.to_owned() };
        assert_eq!(error, expected);
    }
    let mut event = write::event(&events()[0]);
    event.moved = None;
    let error = decode_events(&stored::EventRecords { events: vec![event] }.encode_to_vec()).unwrap_err();
    assert_eq!(error.to_string(), "stored EventRecords is unreadable: events[0].moved: missing");
    assert!(decode_case(&[0xff]).is_err());
}
