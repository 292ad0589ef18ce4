//! What the writer is asked to do, encoded by whoever asks: the one writing thread is not spent on that.

use std::sync::Arc;

use bytes::Bytes;
use jisr_core::id::{Caller, MessageId, TransactionId};
use jisr_core::name::{CentreId, ServiceId};
use jisr_core::time::Timestamp;
use jisr_journal::{
    AdapterRecord, HeldLeg, NewTransaction, OutboxMessage, OutboxPosition, Prune, Read, RequestKey, Target,
    Unavailable, Version, Write, WriteError, Written,
};
use jisr_proto::stored;
use tokio::sync::oneshot;

use super::small::Small;

/// What one write became.
pub(super) type WriteResult = Result<Written, WriteError>;

/// One call, with where its answer goes. Whoever does not wait for the answer any more still gets the work done.
pub(crate) enum Job {
    Write { writes: Vec<Prepared>, answer: oneshot::Sender<Vec<WriteResult>> },
    Clear { positions: Vec<OutboxPosition>, answer: oneshot::Sender<Read<()>> },
    PutAdapter { record: AdapterRecord, answer: oneshot::Sender<Read<()>> },
    Prune { prune: Prune, answer: oneshot::Sender<Read<u64>> },
    Small { change: Small, answer: oneshot::Sender<Read<u64>> },
}

/// What a job came to, not answered before the commit.
pub(super) enum Outcome {
    Writes(Vec<WriteResult>),
    Rows(u64),
}

impl Job {
    /// How much it adds to a batch.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Write { writes, .. } => writes.len(),
            Self::Clear { .. } | Self::PutAdapter { .. } | Self::Prune { .. } | Self::Small { .. } => 1,
        }
    }

    /// Answers after the commit. Nobody listening is no error.
    pub(super) fn answer(self, outcome: Outcome) {
        match (self, outcome) {
            (Self::Write { answer, .. }, Outcome::Writes(results)) => drop(answer.send(results)),
            (Self::Prune { answer, .. } | Self::Small { answer, .. }, Outcome::Rows(rows)) => {
                drop(answer.send(Ok(rows)))
            }
            (Self::Clear { answer, .. } | Self::PutAdapter { answer, .. }, _) => drop(answer.send(Ok(()))),
            (job, _) => job.fail(&Unavailable("an answer to another question".into())),
        }
    }

    /// Answers after a failed commit: nothing was done.
    pub(super) fn fail(self, why: &Unavailable) {
        match self {
            Self::Write { writes, answer } => {
                drop(answer.send(writes.iter().map(|_| Err(WriteError::Unavailable(why.clone()))).collect()));
            }
            Self::Clear { answer, .. } | Self::PutAdapter { answer, .. } => drop(answer.send(Err(why.clone()))),
            Self::Prune { answer, .. } | Self::Small { answer, .. } => drop(answer.send(Err(why.clone()))),
        }
    }
}

/// A write in the form its rows have.
pub(crate) struct Prepared {
    pub(super) now: Timestamp,
    pub(super) request: Option<RequestKey>,
    pub(super) inbox: Option<MessageId>,
    pub(super) id: TransactionId,
    pub(super) change: Change,
    pub(super) state: i32,
    pub(super) wake: Option<i64>,
    pub(super) body: Bytes,
    pub(super) held: Vec<HeldLeg>,
    pub(super) events: Option<Events>,
    pub(super) outbox: Vec<OutboxMessage>,
}

/// Whether the row is made or changed.
pub(super) enum Change {
    Create(Box<Fresh>),
    Update { expected: Version },
}

/// The columns that never change.
pub(super) struct Fresh {
    pub(super) reference_no: Arc<str>,
    pub(super) caller: Caller,
    pub(super) service: ServiceId,
    pub(super) centre: Option<CentreId>,
    pub(super) submit_time: i64,
    pub(super) content: Bytes,
}

/// The events of one write, of which there is at least one.
pub(super) struct Events {
    pub(super) last_sequence: u32,
    pub(super) encoded: Bytes,
}

impl From<Write> for Prepared {
    fn from(write: Write) -> Self {
        let Write { now, request, inbox, target, events, outbox } = write;
        let (id, change, case) = match target {
            Target::Create(new) => {
                let NewTransaction { id, reference_no, caller, service, centre, content, case } = *new;
                let submit_time = case.submit_time.as_micros();
                let fresh = Fresh { reference_no, caller, service, centre, submit_time, content };
                (id, Change::Create(Box::new(fresh)), case)
            }
            Target::Update { id, expected, case } => (id, Change::Update { expected }, *case),
        };
        let events =
            events.last().map(|last| Events { last_sequence: last.sequence, encoded: stored::encode_events(&events) });
        Self {
            now,
            request,
            inbox,
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
