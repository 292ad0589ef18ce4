//! From the core to the stored messages; cannot fail.

use std::sync::Arc;

use jisr_core::case::{Case, EventRecord, Leg, Moved, RequestKind};
use jisr_core::fault::Fault;
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;

use super::code;
use crate::convert::{leg_state, request_kind, text, transaction_state};
use crate::journal::v1 as stored;
use crate::v1;

pub(super) fn case(case: &Case) -> stored::Case {
    stored::Case {
        state: transaction_state(case.state).into(),
        before_hold: optional_state(case.before_hold),
        ending: case.ending.map_or(0, code::ending_number),
        payment_due: case.payment_due,
        reason: owned(case.reason.as_ref()),
        legs: case.legs.iter().map(leg).collect(),
        last_event: case.last_event,
        submit_time_us: case.submit_time.as_micros(),
        update_time_us: case.update_time.as_micros(),
        complete_time_us: micros(case.complete_time),
        expire_time_us: micros(case.expire_time),
    }
}

fn leg(leg: &Leg) -> stored::Leg {
    let progress = &leg.progress;
    stored::Leg {
        id: leg.id.as_str().to_owned(),
        department: leg.department.as_str().to_owned(),
        operation: leg.operation.as_str().to_owned(),
        depends_on: leg.depends_on.iter().map(|on| u32::from(*on)).collect(),
        state: leg_state(progress.state).into(),
        attempt: progress.attempt,
        asked: request_kind(progress.asked).into(),
        awaiting: progress.awaiting,
        reply_sequence: progress.reply_sequence,
        failures: progress.failures,
        held: progress.held,
        dispatched_time_us: micros(progress.times.dispatched),
        called_time_us: micros(progress.times.called),
        answered_time_us: micros(progress.times.answered),
        returned_time_us: micros(progress.times.returned),
        execute_before_us: micros(progress.execute_before),
        wake_time_us: micros(progress.wake),
        fault: progress.fault.as_ref().map(|(fault, time)| stored_fault(fault, *time)),
        status: text(&progress.status),
        outcome: progress.outcome.clone(),
    }
}

fn stored_fault(fault: &Fault, time: Timestamp) -> stored::Fault {
    stored::Fault {
        fault_class: code::fault_number(fault.class),
        code: fault.code.to_string(),
        detail: owned(fault.detail.as_ref()),
        field: owned(fault.field.as_ref()),
        retry_after_us: fault.retry_after.map(|wait| u64::try_from(wait.as_micros()).unwrap_or(u64::MAX)),
        time_us: time.as_micros(),
        adapter_version: owned(fault.adapter_version.as_ref()),
    }
}

pub(super) fn event(event: &EventRecord) -> stored::EventRecord {
    let moved = match &event.moved {
        Moved::Transaction { from, to } => stored::event_record::Moved::Transaction(stored::TransactionMoved {
            from: optional_state(*from),
            to: transaction_state(*to).into(),
        }),
        Moved::Leg { leg, from, to, attempt, request } => stored::event_record::Moved::Leg(stored::LegMoved {
            leg: leg.as_str().to_owned(),
            from: leg_state(*from).into(),
            to: leg_state(*to).into(),
            attempt: *attempt,
            request: request.map_or(0, |kind: RequestKind| request_kind(kind).into()),
        }),
    };
    stored::EventRecord {
        sequence: event.sequence,
        time_us: event.time.as_micros(),
        actor: Some(v1::Actor { kind: code::actor_number(event.actor.kind), id: event.actor.id.to_string() }),
        moved: Some(moved),
        reason: owned(event.reason.as_ref()),
        note: text(&event.note),
    }
}

fn optional_state(state: Option<TransactionState>) -> i32 {
    state.map_or(0, |state| transaction_state(state).into())
}

fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_micros)
}

fn owned(text: Option<&Arc<str>>) -> Option<String> {
    text.map(ToString::to_string)
}
