//! One atomic change of one transaction.

use std::sync::Arc;

use bytes::Bytes;
use jisr_core::case::{Case, EventRecord};
use jisr_core::id::{Caller, RequestId, TransactionId};
use jisr_core::name::{CentreId, ServiceId};
use jisr_core::time::Timestamp;

use crate::{Hold, OutboxMessage, OutboxPosition, Position, Unavailable, Version};

/// What makes a retried request recognisable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// Whose request.
    pub caller: Caller,
    /// To which method.
    pub method: &'static str,
    /// The id the caller gave it.
    pub id: RequestId,
    /// SHA-256 of the canonical request: the same id with other content is a mistake.
    pub fingerprint: [u8; 32],
}

/// A transaction that is not in the journal yet.
#[derive(Clone, Debug)]
pub struct NewTransaction {
    /// Its id.
    pub id: TransactionId,
    /// What is printed on the receipt; unique.
    pub reference_no: Arc<str>,
    /// Who submitted it.
    pub caller: Caller,
    /// For what service.
    pub service: ServiceId,
    /// At which centre, if at one.
    pub centre: Option<CentreId>,
    /// The submitted half, encoded (`jisr.v1.Transaction`); never changes.
    pub content: Bytes,
    /// The mutable half.
    pub case: Arc<Case>,
}

/// Which transaction a write makes or changes.
#[derive(Clone, Debug)]
pub enum Target {
    /// A new one.
    Create(Box<NewTransaction>),
    /// One that is there, if it still has the version that was read.
    Update {
        /// Which.
        id: TransactionId,
        /// The version that was read.
        expected: Version,
        /// Its mutable half from here on; shared with whoever remembers it.
        case: Arc<Case>,
    },
}

/// One atomic change of one transaction.
#[derive(Clone, Debug)]
pub struct Write {
    /// When, for what is pruned by age.
    pub now: Timestamp,
    /// The request this answers, for idempotency.
    pub request: Option<RequestKey>,
    /// What it does.
    pub target: Target,
    /// What happened, in order. May be empty.
    pub events: Vec<EventRecord>,
    /// What it sends.
    pub outbox: Vec<OutboxMessage>,
}

impl Write {
    /// The transaction it makes or changes.
    #[must_use]
    pub fn transaction(&self) -> TransactionId {
        match &self.target {
            Target::Create(new) => new.id,
            Target::Update { id, .. } => *id,
        }
    }
}

/// What became of a write that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is durable.
    Committed {
        /// The transaction's version from here on.
        version: Version,
        /// Where its events stand in the feed; unchanged head when it had none.
        position: Position,
        /// Where its messages stand in the outbox, in the order given.
        outbox: Vec<OutboxPosition>,
        /// Under what those of them are held that are in hand.
        hold: Hold,
    },
    /// The same request was answered before by this transaction; nothing was done.
    Replayed(TransactionId),
}

/// Why a write was not done. Nothing of it was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The request id was used for another request.
    #[error("the request id was used for a request with other content")]
    RequestReused,
    /// Somebody else changed the transaction meanwhile, or it does not exist.
    #[error("the transaction has another version")]
    VersionConflict,
    /// Another transaction has the reference number (or the id).
    #[error("the reference number is taken")]
    ReferenceTaken,
    /// The storage does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
