//! The stored form of operators' jobs, to and from the core.

use jisr_core::id::{JobId, TransactionId};
use jisr_core::job::{InHand, Job, JobKind, JobState, Place, Selection};
use jisr_core::time::Timestamp;

use super::read::{At, Checked, known, list, name, text};
use crate::convert;
use crate::journal::v1 as stored;

pub(super) fn write(job: &Job) -> stored::Job {
    stored::Job {
        id: job.id.as_bytes().to_vec().into(),
        kind: kind_number(job.kind),
        selection: Some(selection(&job.selection)),
        note: convert::text(&job.note),
        created_by: job.created_by.to_string(),
        create_time_us: job.create_time.as_micros(),
        update_time_us: job.update_time.as_micros(),
        end_time_us: job.end_time.map(Timestamp::as_micros),
        state: state_number(job.state),
        concurrency: job.concurrency,
        per_second: job.per_second,
        total: job.total,
        done: job.done,
        failed: job.failed,
        passed_over: job.passed_over,
        arrived: job.arrived,
        place: job.place.map(|place| stored::Place {
            since_us: place.since.as_micros(),
            transaction: place.transaction.as_bytes().to_vec().into(),
            leg: place.leg.into(),
        }),
        in_hand: job.in_hand.iter().map(in_hand).collect(),
        runner: job.runner.to_string(),
        lease_us: job.lease.as_micros(),
    }
}

fn selection(selection: &Selection) -> stored::Selection {
    stored::Selection {
        transaction: selection.transaction.map(|id| id.as_bytes().to_vec().into()),
        leg: selection.leg.as_ref().map(ToString::to_string),
        department: selection.department.as_ref().map(ToString::to_string),
        operation: selection.operation.as_ref().map(ToString::to_string),
        reason: selection.reason.as_ref().map(ToString::to_string),
        adapter_version: selection.adapter_version.as_ref().map(ToString::to_string),
        since_us: selection.since.map(Timestamp::as_micros),
        before_us: selection.before.map(Timestamp::as_micros),
    }
}

fn in_hand(in_hand: &InHand) -> stored::InHand {
    stored::InHand {
        transaction: in_hand.transaction.as_bytes().to_vec().into(),
        leg: in_hand.leg.into(),
        attempt: in_hand.attempt,
    }
}

pub(super) fn read(job: stored::Job) -> Checked<Job> {
    let id: [u8; 16] = job.id.as_ref().try_into().map_err(|_| At::new("id", "not 16 bytes"))?;
    Ok(Job {
        id: JobId::from_bytes(id),
        kind: known("kind", job.kind, |number| {
            [JobKind::Redrive, JobKind::Discard].into_iter().find(|kind| kind_number(*kind) == number)
        })?,
        selection: selected(job.selection.unwrap_or_default()).map_err(|error| error.within("selection"))?,
        note: text("note", job.note)?,
        created_by: job.created_by.into(),
        create_time: Timestamp::from_micros(job.create_time_us),
        update_time: Timestamp::from_micros(job.update_time_us),
        end_time: job.end_time_us.map(Timestamp::from_micros),
        state: known("state", job.state, |number| {
            let all = [JobState::Running, JobState::Cancelled, JobState::Done];
            all.into_iter().find(|state| state_number(*state) == number)
        })?,
        concurrency: job.concurrency,
        per_second: job.per_second,
        total: job.total,
        done: job.done,
        failed: job.failed,
        passed_over: job.passed_over,
        arrived: job.arrived,
        place: job.place.map(place).transpose().map_err(|error| error.within("place"))?,
        in_hand: list("in_hand", job.in_hand, taken_up)?,
        runner: job.runner.into(),
        lease: Timestamp::from_micros(job.lease_us),
    })
}

fn selected(selection: stored::Selection) -> Checked<Selection> {
    Ok(Selection {
        transaction: selection.transaction.map(|id| transaction(&id)).transpose()?,
        leg: selection.leg.map(|text| name("leg", text)).transpose()?,
        department: selection.department.map(|text| name("department", text)).transpose()?,
        operation: selection.operation.map(|text| name("operation", text)).transpose()?,
        reason: selection.reason.map(Into::into),
        adapter_version: selection.adapter_version.map(Into::into),
        since: selection.since_us.map(Timestamp::from_micros),
        before: selection.before_us.map(Timestamp::from_micros),
    })
}

fn place(place: stored::Place) -> Checked<Place> {
    let since = Timestamp::from_micros(place.since_us);
    Ok(Place { since, transaction: transaction(&place.transaction)?, leg: leg(place.leg)? })
}

fn taken_up(taken: stored::InHand) -> Checked<InHand> {
    Ok(InHand { transaction: transaction(&taken.transaction)?, leg: leg(taken.leg)?, attempt: taken.attempt })
}

fn transaction(id: &[u8]) -> Checked<TransactionId> {
    let id = id.try_into().map_err(|_| At::new("transaction", "not 16 bytes"))?;
    Ok(TransactionId::from_bytes(id))
}

fn leg(leg: u32) -> Checked<u16> {
    u16::try_from(leg).map_err(|_| At::new("leg", format!("{leg} is no position in a plan")))
}

const fn kind_number(kind: JobKind) -> i32 {
    (match kind {
        JobKind::Redrive => stored::JobKind::Redrive,
        JobKind::Discard => stored::JobKind::Discard,
    }) as i32
}

const fn state_number(state: JobState) -> i32 {
    (match state {
        JobState::Running => stored::JobState::Running,
        JobState::Cancelled => stored::JobState::Cancelled,
        JobState::Done => stored::JobState::Done,
    }) as i32
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jisr_core::text::LocalizedText;
    use prost::Message as _;

    use super::*;
    use crate::stored::{decode_job, encode_job};

    #[test]
    fn every_field_comes_back() {
        let id = TransactionId::from_bytes([7; 16]);
        let at = Timestamp::from_micros;
        let job = Job {
            id: JobId::from_bytes([9; 16]),
            kind: JobKind::Discard,
            selection: Selection {
                transaction: Some(id),
                leg: "site-noc".parse().ok(),
                department: "municipality".parse().ok(),
                operation: "building-noc".parse().ok(),
                reason: Some("CREDENTIALS".into()),
                adapter_version: Some(Arc::default()),
                since: Some(at(1)),
                before: Some(at(2)),
            },
            note: LocalizedText::bilingual("سُوّيت يدويًا", "settled by hand"),
            created_by: "m.rashid".into(),
            create_time: at(3),
            update_time: at(4),
            end_time: Some(at(5)),
            state: JobState::Cancelled,
            concurrency: 6,
            per_second: 7,
            total: 8,
            done: 9,
            failed: 10,
            passed_over: 11,
            arrived: 12,
            place: Some(Place { since: at(13), transaction: id, leg: 14 }),
            in_hand: vec![InHand { transaction: id, leg: 15, attempt: 16 }],
            runner: "engine-1".into(),
            lease: at(17),
        };
        assert_eq!(decode_job(&encode_job(&job)), Ok(job.clone()));
        let fresh = Job { selection: Selection::default(), end_time: None, place: None, in_hand: Vec::new(), ..job };
        assert_eq!(decode_job(&encode_job(&fresh)), Ok(fresh));
        let error =
            decode_job(&stored::Job { id: vec![1].into(), ..stored::Job::default() }.encode_to_vec()).unwrap_err();
        assert_eq!((error.message, error.field.as_str()), ("Job", "id"));
    }
}
