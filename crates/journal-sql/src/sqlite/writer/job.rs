//! What the writer is asked to do.

use jisr_journal::{AdapterRecord, OutboxPosition, Prune, Read, Unavailable, WriteError};
use tokio::sync::oneshot;

use super::small::Small;
use crate::prepared::{Prepared, WriteResult};

/// One call, with where its answer goes. Whoever does not wait for the answer any more still gets the work done.
pub(crate) enum Job {
    Write { writes: Vec<Prepared>, answer: oneshot::Sender<Vec<WriteResult>> },
    Outbox { change: Hand, positions: Vec<OutboxPosition>, answer: oneshot::Sender<Read<Vec<OutboxPosition>>> },
    PutAdapter { record: AdapterRecord, answer: oneshot::Sender<Read<()>> },
    Prune { prune: Prune, answer: oneshot::Sender<Read<u64>> },
    Small { change: Small, answer: oneshot::Sender<Read<u64>> },
}

/// What is done with messages in the outbox.
#[derive(Clone, Copy)]
pub(crate) enum Hand {
    /// From waiting into the hand.
    Take,
    /// From the hand to waiting.
    Release,
    /// Away.
    Clear,
}

/// What a job came to, not answered before the commit.
pub(super) enum Outcome {
    Writes(Vec<WriteResult>),
    Positions(Vec<OutboxPosition>),
    Rows(u64),
}

impl Job {
    /// How much it adds to a batch.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Write { writes, .. } => writes.len(),
            Self::Outbox { .. } | Self::PutAdapter { .. } | Self::Prune { .. } | Self::Small { .. } => 1,
        }
    }

    /// Answers after the commit. Nobody listening is no error.
    pub(super) fn answer(self, outcome: Outcome) {
        match (self, outcome) {
            (Self::Write { answer, .. }, Outcome::Writes(results)) => drop(answer.send(results)),
            (Self::Outbox { answer, .. }, Outcome::Positions(positions)) => drop(answer.send(Ok(positions))),
            (Self::Prune { answer, .. } | Self::Small { answer, .. }, Outcome::Rows(rows)) => {
                drop(answer.send(Ok(rows)))
            }
            (Self::PutAdapter { answer, .. }, _) => drop(answer.send(Ok(()))),
            (job, _) => job.fail(&Unavailable("an answer to another question".into())),
        }
    }

    /// Answers after a failed commit: nothing was done.
    pub(super) fn fail(self, why: &Unavailable) {
        match self {
            Self::Write { writes, answer } => {
                drop(answer.send(writes.iter().map(|_| Err(WriteError::Unavailable(why.clone()))).collect()));
            }
            Self::Outbox { answer, .. } => drop(answer.send(Err(why.clone()))),
            Self::PutAdapter { answer, .. } => drop(answer.send(Err(why.clone()))),
            Self::Prune { answer, .. } | Self::Small { answer, .. } => drop(answer.send(Err(why.clone()))),
        }
    }
}
