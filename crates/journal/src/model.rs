//! What is in the journal, as it is read back.

use std::sync::Arc;

use bytes::Bytes;
use jisr_core::case::{Case, EventRecord};
use jisr_core::id::{Caller, MessageId, TransactionId};
use jisr_core::name::{CentreId, DepartmentId, ServiceId};
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;

/// A place in the feed of events; commit order. The first is 1; 0 is before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub i64);

/// A place in the outbox; only grows. 0 is before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxPosition(pub i64);

/// Counts the changes of one transaction, from 1; its `etag`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub i64);

/// The mutable half of a transaction with what identifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCase {
    /// Its id.
    pub id: TransactionId,
    /// Its version now.
    pub version: Version,
    /// What is printed on the receipt.
    pub reference_no: Arc<str>,
    /// Who submitted it.
    pub caller: Caller,
    /// For what service.
    pub service: ServiceId,
    /// The mutable half.
    pub case: Arc<Case>,
}

/// A whole transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTransaction {
    /// The mutable half.
    pub stored: StoredCase,
    /// The submitted half, as it was given.
    pub content: Bytes,
}

/// The events that one commit added to one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its place.
    pub position: Position,
    /// Whose events.
    pub transaction: TransactionId,
    /// At least one, in order.
    pub events: Vec<EventRecord>,
}

/// Which transactions are wanted; an empty field wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Submitted by this caller.
    pub caller: Option<Caller>,
    /// In one of these states.
    pub states: Vec<TransactionState>,
    /// For this service.
    pub service: Option<ServiceId>,
    /// At this centre.
    pub centre: Option<CentreId>,
    /// With this receipt.
    pub reference_no: Option<Arc<str>>,
    /// Submitted at or after.
    pub from: Option<Timestamp>,
    /// Submitted before.
    pub to: Option<Timestamp>,
}

/// One page of transactions, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Which.
    pub filter: Filter,
    /// Only those made before this one: the last of the page before.
    pub before: Option<TransactionId>,
    /// At most so many.
    pub limit: u32,
}

/// A message for a department's adapter, committed with the change that sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its id on the wire.
    pub id: MessageId,
    /// To whom.
    pub department: DepartmentId,
    /// Whose leg.
    pub transaction: TransactionId,
    /// The leg's position in the plan.
    pub leg: u16,
    /// The attempt it is.
    pub attempt: u32,
    /// When it was committed.
    pub time: Timestamp,
    /// W3C `traceparent`, if the request that caused it had one.
    pub traceparent: Option<Arc<str>>,
    /// Whoever commits it has it in hand from the start, and sends it; otherwise it waits.
    pub in_hand: bool,
    /// The encoded request (`jisr.adapter.v1.LegRequest`).
    pub body: Bytes,
}

/// A message waiting in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place.
    pub position: OutboxPosition,
    /// The message.
    pub message: OutboxMessage,
    /// A process that has gone had it in hand, and may have sent it.
    pub left_behind: bool,
}

/// Under what this process has messages in hand. It changes when the process has lost what it had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Hold(pub i64);

/// Whether what was taken in hand is still this process's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// Certainly.
    Sure,
    /// Not known for the moment: send nothing, and ask again.
    Unsure,
    /// No: somebody else will send it.
    Lost,
}

/// Messages taken in hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Under what.
    pub hold: Hold,
    /// Which, in any order.
    pub positions: Vec<OutboxPosition>,
}

/// The last announcement of a department's adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterRecord {
    /// Whose adapter.
    pub department: DepartmentId,
    /// The announcement as it came (`jisr.adapter.v1.AdapterAnnouncement`).
    pub announcement: Bytes,
    /// When it came.
    pub time: Timestamp,
}

/// Counts for operators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Live transactions by state.
    pub live: Vec<(TransactionState, u64)>,
    /// Messages in the outbox by department, and the time of the oldest.
    pub outbox: Vec<(DepartmentId, u64, Timestamp)>,
    /// The feed's last position.
    pub head: Position,
}

/// What has outlived its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prune {
    /// Request keys written before this.
    pub requests_before: Timestamp,
    /// At most so many rows.
    pub limit: u32,
}
