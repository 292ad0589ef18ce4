//! What the application is about and what goes with it: subjects, place, links, labels, language, urgency, deadline.

use std::collections::BTreeMap;
use std::time::Duration;

use jisr_core::id::TransactionId;
use jisr_core::problem::Rule;
use jisr_core::time::Timestamp;
use jisr_proto::v1;

use super::found::Found;
use super::path::{Path, ROOT};
use super::text::{choice, few, known, language, line, lines, moment, repeated, required};

const MAX_SUBJECTS: usize = 50;
const MAX_LINKS: usize = 50;
const MAX_GROUNDS: usize = 10;
const MAX_LABELS: usize = 64;
const MAX_LABEL_KEY: usize = 63;
const MAX_LABEL_VALUE: usize = 255;
const MAX_NUMBER: usize = 64;
const MAX_ADDRESS: usize = 500;
/// The farthest off an application may expire: a leap year.
const MAX_WAIT: Duration = Duration::from_secs(366 * 24 * 3600);

/// Checks all of it. Gives the moment at which the application expires, if it says so itself.
pub(super) fn matter(content: &mut v1::Transaction, now: Timestamp, found: &mut Found<'_>) -> Option<Timestamp> {
    line(&mut content.life_event_code, MAX_NUMBER, ROOT.field("life_event_code"), found);
    subjects(&mut content.subject_refs, found);
    if let Some(given) = &mut content.location {
        location(given, ROOT.field("location"), found);
    }
    links(&content.links, found);
    labels(&content.labels, found);
    grounds(&content.priority_grounds, found);
    known(content.priority, v1::Priority::as_str_name, ROOT.field("priority"), found);
    if !content.preferred_language_code.is_empty() {
        language(&mut content.preferred_language_code, ROOT.field("preferred_language_code"), found);
    }
    expiry(content.expire_time.as_ref(), now, found)
}

fn subjects(list: &mut [v1::SubjectRef], found: &mut Found<'_>) {
    if !few(list, MAX_SUBJECTS, ROOT.field("subject_refs"), found) {
        return;
    }
    for (index, given) in list.iter_mut().enumerate() {
        let path = ROOT.item("subject_refs", index);
        choice(given.kind, v1::SubjectKind::as_str_name, path.field("kind"), found);
        line(&mut given.scheme, MAX_NUMBER, path.field("scheme"), found);
        required(&mut given.value, MAX_NUMBER, path.field("value"), found);
    }
}

fn location(given: &mut v1::Location, path: Path<'_>, found: &mut Found<'_>) {
    if let Some(point) = &given.point {
        let path = path.field("point");
        for (name, value, most) in [("latitude", point.latitude, 90_u8), ("longitude", point.longitude, 180)] {
            if value.is_nan() || value.abs() > f64::from(most) {
                let (min, max) = (Some(format!("-{most}")), Some(most.to_string()));
                found.wrong(path.field(name), Rule::OutOfRange { min, max });
            }
        }
    }
    lines(&mut given.address, MAX_ADDRESS, path.field("address"), found);
    line(&mut given.parcel_no, MAX_NUMBER, path.field("parcel_no"), found);
    line(&mut given.makani_no, MAX_NUMBER, path.field("makani_no"), found);
    if !given.makani_no.is_empty() && !is_makani(&given.makani_no) {
        found.wrong(path.field("makani_no"), Rule::Pattern { expected: "12345 67890".to_owned() });
    }
}

/// Ten digits, five and five, with or without the space.
fn is_makani(number: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(number, 10) || number.split_once(' ').is_some_and(|(first, last)| digits(first, 5) && digits(last, 5))
}

fn links(list: &[v1::Link], found: &mut Found<'_>) {
    if !few(list, MAX_LINKS, ROOT.field("links"), found) {
        return;
    }
    for (index, given) in list.iter().enumerate() {
        let path = ROOT.item("links", index);
        choice(given.rel, v1::LinkRel::as_str_name, path.field("rel"), found);
        if given.transaction.is_empty() {
            found.wrong(path.field("transaction"), Rule::Required);
        } else if TransactionId::from_resource_name(&given.transaction).is_err() {
            let expected = "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff".to_owned();
            found.wrong(path.field("transaction"), Rule::Pattern { expected });
        }
    }
}

fn labels(labels: &BTreeMap<String, String>, found: &mut Found<'_>) {
    let path = ROOT.field("labels");
    if labels.len() > MAX_LABELS {
        return found.wrong(path, Rule::TooMany { max: MAX_LABELS as u64 });
    }
    let good = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
    let mut strange = false;
    for (key, value) in labels {
        if key.is_empty() || key.len() > MAX_LABEL_KEY || !key.bytes().all(good) {
            strange = true;
        } else if value.chars().nth(MAX_LABEL_VALUE).is_some() {
            found.wrong(path.field(key), Rule::TooLong { max: MAX_LABEL_VALUE as u64 });
        } else if value.chars().any(char::is_control) {
            found.wrong(path.field(key), Rule::Pattern { expected: String::new() });
        }
    }
    // A key of any content is not repeated in a message: one is told for all.
    if strange {
        found.wrong(path, Rule::Pattern { expected: "queue-ticket_2.no".to_owned() });
    }
}

fn grounds(list: &[i32], found: &mut Found<'_>) {
    if !few(list, MAX_GROUNDS, ROOT.field("priority_grounds"), found) {
        return;
    }
    for (index, ground) in list.iter().enumerate() {
        let path = ROOT.item("priority_grounds", index);
        choice(*ground, v1::PriorityGround::as_str_name, path, found);
        if repeated(list, index, |a, b| a == b) {
            found.wrong(path, Rule::Duplicate);
        }
    }
}

fn expiry(given: Option<&prost_types::Timestamp>, now: Timestamp, found: &mut Found<'_>) -> Option<Timestamp> {
    let path = ROOT.field("expire_time");
    let time = moment(given, path, found)?;
    let latest = now.plus(MAX_WAIT);
    if time <= now {
        found.wrong(path, Rule::NotInFuture);
    } else if time > latest {
        found.wrong(path, Rule::OutOfRange { min: None, max: Some(latest.to_string()) });
    }
    Some(time)
}
