//! From the stored messages to the core; everything is checked.

use std::fmt::Display;
use std::time::Duration;

use jisr_core::case::{Actor, Case, EventRecord, Leg, LegProgress, LegTimes, Moved};
use jisr_core::fault::Fault;
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;

use super::{StoredError, code};
use crate::journal::v1 as stored;
use crate::v1;

/// What is wrong, and where within the message that is being read.
pub(super) struct At {
    path: String,
    reason: String,
}

impl At {
    pub(super) fn new(path: impl Into<String>, reason: impl Display) -> Self {
        Self { path: path.into(), reason: reason.to_string() }
    }

    pub(super) fn within(self, outer: &str) -> Self {
        Self { path: format!("{outer}.{}", self.path), reason: self.reason }
    }

    pub(super) fn into_stored(self, message: &'static str) -> StoredError {
        StoredError { message, field: self.path, reason: self.reason }
    }
}

pub(super) type Checked<T> = Result<T, At>;

/// Reads each element; an error names its index.
pub(super) fn list<S, T>(field: &str, elements: Vec<S>, read: fn(S) -> Checked<T>) -> Checked<Vec<T>> {
    let read = |(index, element)| read(element).map_err(|error| error.within(&format!("{field}[{index}]")));
    elements.into_iter().enumerate().map(read).collect()
}

pub(super) fn case(case: stored::Case) -> Checked<Case> {
    Ok(Case {
        state: known("state", case.state, code::transaction_state)?,
        before_hold: optional("before_hold", case.before_hold, code::transaction_state)?,
        ending: optional("ending", case.ending, code::ending)?,
        payment_due: case.payment_due,
        reason: case.reason.map(Into::into),
        legs: list("legs", case.legs, leg)?,
        last_event: case.last_event,
        submit_time: Timestamp::from_micros(case.submit_time_us),
        update_time: Timestamp::from_micros(case.update_time_us),
        complete_time: case.complete_time_us.map(Timestamp::from_micros),
        expire_time: case.expire_time_us.map(Timestamp::from_micros),
    })
}

fn leg(leg: stored::Leg) -> Checked<Leg> {
    let fault = leg.fault.map(fault).transpose().map_err(|error| error.within("fault"))?;
    let on = |on: u32| u16::try_from(on).map_err(|_| At::new("depends_on", format!("{on} is no position in a plan")));
    Ok(Leg {
        id: name("id", leg.id)?,
        department: name("department", leg.department)?,
        operation: name("operation", leg.operation)?,
        depends_on: leg.depends_on.into_iter().map(on).collect::<Checked<_>>()?,
        progress: LegProgress {
            state: known("state", leg.state, code::leg_state)?,
            attempt: leg.attempt,
            asked: known("asked", leg.asked, code::request_kind)?,
            awaiting: leg.awaiting,
            reply_sequence: leg.reply_sequence,
            failures: leg.failures,
            held: leg.held,
            times: LegTimes {
                dispatched: leg.dispatched_time_us.map(Timestamp::from_micros),
                called: leg.called_time_us.map(Timestamp::from_micros),
                answered: leg.answered_time_us.map(Timestamp::from_micros),
                returned: leg.returned_time_us.map(Timestamp::from_micros),
            },
            execute_before: leg.execute_before_us.map(Timestamp::from_micros),
            wake: leg.wake_time_us.map(Timestamp::from_micros),
            fault,
            status: text("status", leg.status)?,
            outcome: leg.outcome,
        },
    })
}

fn fault(fault: stored::Fault) -> Checked<(Fault, Timestamp)> {
    let read = Fault {
        class: known("fault_class", fault.fault_class, code::fault_class)?,
        code: fault.code.into(),
        detail: fault.detail.map(Into::into),
        field: fault.field.map(Into::into),
        retry_after: fault.retry_after_us.map(Duration::from_micros),
        adapter_version: fault.adapter_version.map(Into::into),
    };
    Ok((read, Timestamp::from_micros(fault.time_us)))
}

pub(super) fn event(event: stored::EventRecord) -> Checked<EventRecord> {
    let actor = event.actor.ok_or_else(|| At::new("actor", "missing"))?;
    let moved = match event.moved.ok_or_else(|| At::new("moved", "missing"))? {
        stored::event_record::Moved::Transaction(moved) => Moved::Transaction {
            from: optional("transaction.from", moved.from, code::transaction_state)?,
            to: known("transaction.to", moved.to, code::transaction_state)?,
        },
        stored::event_record::Moved::Leg(moved) => Moved::Leg {
            leg: name("leg.leg", moved.leg)?,
            from: known("leg.from", moved.from, code::leg_state)?,
            to: known("leg.to", moved.to, code::leg_state)?,
            attempt: moved.attempt,
            request: optional("leg.request", moved.request, code::request_kind)?,
        },
    };
    Ok(EventRecord {
        sequence: event.sequence,
        time: Timestamp::from_micros(event.time_us),
        actor: Actor { kind: known("actor.kind", actor.kind, code::actor_kind)?, id: actor.id.into() },
        moved,
        reason: event.reason.map(Into::into),
        note: text("note", event.note)?,
    })
}

pub(super) fn known<T>(field: &str, number: i32, of: fn(i32) -> Option<T>) -> Checked<T> {
    of(number).ok_or_else(|| At::new(field, format!("{number} is no value of it")))
}

/// Zero stands for nothing.
fn optional<T>(field: &str, number: i32, of: fn(i32) -> Option<T>) -> Checked<Option<T>> {
    if number == 0 { Ok(None) } else { known(field, number, of).map(Some) }
}

pub(super) fn name<T: TryFrom<String, Error: Display>>(field: &str, text: String) -> Checked<T> {
    T::try_from(text).map_err(|error| At::new(field, error))
}

pub(super) fn text(field: &str, wordings: Vec<v1::LocalizedText>) -> Checked<LocalizedText> {
    let mut text = LocalizedText::default();
    for wording in wordings {
        let language = wording.language_code.parse().map_err(|error| At::new(field, error))?;
        if text.set(language, wording.text).is_some() {
            return Err(At::new(field, "two wordings in one language"));
        }
    }
    Ok(text)
}
