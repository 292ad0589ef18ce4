//! A write in the form its rows have, in whatever database: encoded by whoever asks, so that the one who writes is not
//! spent on that.

use std::sync::Arc;

use bytes::Bytes;
use jisr_core::id::{Caller, TransactionId};
use jisr_core::name::{CentreId, ServiceId};
use jisr_core::time::Timestamp;
use jisr_journal::{HeldLeg, NewTransaction, OutboxMessage, RequestKey, Target, Version, Write, WriteError, Written};
use jisr_proto::stored;

/// What one write became.
pub(crate) type WriteResult = Result<Written, WriteError>;

/// A write in the form its rows have.
pub(crate) struct Prepared {
    pub(crate) now: Timestamp,
    pub(crate) request: Option<RequestKey>,
    pub(crate) id: TransactionId,
    pub(crate) change: Change,
    pub(crate) state: i32,
    pub(crate) wake: Option<i64>,
    pub(crate) body: Bytes,
    pub(crate) held: Vec<HeldLeg>,
    pub(crate) events: Option<Events>,
    pub(crate) outbox: Vec<OutboxMessage>,
}

/// Whether the row is made or changed.
pub(crate) enum Change {
    Create(Box<Fresh>),
    Update { expected: Version },
}

/// The columns that never change.
pub(crate) struct Fresh {
    pub(crate) reference_no: Arc<str>,
    pub(crate) caller: Caller,
    pub(crate) service: ServiceId,
    pub(crate) centre: Option<CentreId>,
    pub(crate) submit_time: i64,
    pub(crate) content: Bytes,
}

/// The events of one write, of which there is at least one.
pub(crate) struct Events {
    pub(crate) last_sequence: u32,
    pub(crate) encoded: Bytes,
}

impl From<Write> for Prepared {
    fn from(write: Write) -> Self {
        let Write { now, request, target, events, outbox } = write;
        let (id, change, case) = match target {
            Target::Create(new) => {
                let NewTransaction { id, reference_no, caller, service, centre, content, case } = *new;
                let submit_time = case.submit_time.as_micros();
                let fresh = Fresh { reference_no, caller, service, centre, submit_time, content };
                (id, Change::Create(Box::new(fresh)), case)
            }
            Target::Update { id, expected, case } => (id, Change::Update { expected }, case),
        };
        let events =
            events.last().map(|last| Events { last_sequence: last.sequence, encoded: stored::encode_events(&events) });
        Self {
            now,
            request,
            id,
            change,
            state: stored::state_number(case.state),
            wake: case.wake_at().map(Timestamp::as_micros),
            body: stored::encode_case(&case),
            held: HeldLeg::all_of(&case),
            events,
            outbox,
        }
    }
}
