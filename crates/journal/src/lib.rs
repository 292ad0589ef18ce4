//! What the engine asks of durable storage, and the suite that every storage must pass.
//!
//! One [`Write`] is one atomic change of one transaction: its new state, the events that led there, the messages it
//! sends and the request it answers, all or nothing. Many writes share one physical commit. There is no inbox: what an
//! adapter says twice changes nothing the second time, by the state machine and not by a list (ADR 9).

mod failure;
mod model;
pub mod suite;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
pub use failure::{Failure, FailureGroup, FailureQuery, HeldLeg, Pause, StoredJob};
use jisr_core::id::{JobId, TransactionId};
use jisr_core::job::{Job, Selection};
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
pub use model::{
    AdapterRecord, FeedEntry, Filter, Hold, Holding, ListQuery, OutboxMessage, OutboxPosition, OutboxRow, Overview,
    Position, Prune, StoredCase, StoredTransaction, Taken, Version,
};
use tokio::sync::watch;
pub use write::{NewTransaction, RequestKey, Target, Write, WriteError, Written};

/// The storage does not answer, or answers nonsense. Safe to try again: nothing was done.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the journal is unavailable: {0}")]
pub struct Unavailable(pub Arc<str>);

/// Results of reading.
pub type Read<T> = Result<T, Unavailable>;

/// Changes transactions.
#[async_trait]
pub trait Append: Send + Sync {
    /// Makes every write durable before it returns; each succeeds or fails by itself, answered in the given order.
    /// Writes of one call, and of calls made meanwhile, share a physical commit. Two writes of one call must not
    /// change the same transaction.
    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<Written, WriteError>>;

    /// One write, see [`Append::write_all`].
    async fn write(&self, write: Write) -> Result<Written, WriteError> {
        let mut results = self.write_all(vec![write]).await;
        results.pop().unwrap_or_else(|| Err(WriteError::Unavailable(Unavailable("no answer".into()))))
    }
}

/// Reads transactions and their history.
#[async_trait]
pub trait Query: Send + Sync {
    /// The cases of these transactions, in any order; unknown ones are left out.
    async fn cases(&self, ids: &[TransactionId]) -> Read<Vec<StoredCase>>;
    /// Whole transactions, in any order; unknown ones are left out.
    async fn transactions(&self, ids: &[TransactionId]) -> Read<Vec<StoredTransaction>>;
    /// A page of transactions, newest first.
    async fn list(&self, query: &ListQuery) -> Read<Vec<StoredTransaction>>;
    /// The history of one transaction with sequences after `after`, oldest first; at most `limit` commits' worth.
    async fn history(&self, id: TransactionId, after: u32, limit: u32) -> Read<Vec<FeedEntry>>;
    /// What was committed after a position, of all transactions, in commit order: no entry ever appears behind a
    /// position that has been read.
    async fn feed(&self, after: Position, limit: u32) -> Read<Vec<FeedEntry>>;
    /// Whether other processes may write to it, too.
    fn is_shared(&self) -> bool;
    /// Whether other processes do so now, as far as is known; of one that has just come its first commits may be noticed a
    /// moment late.
    fn has_company(&self) -> bool {
        self.is_shared()
    }
    /// The last position of the feed, kept current.
    fn head(&self) -> watch::Receiver<Position>;
    /// The transaction an earlier request with this key made or changed, and whether that request was the same.
    async fn request(&self, key: &RequestKey) -> Read<Option<(TransactionId, bool)>>;
    /// Counts for operators; costs in proportion to live work, not to history.
    async fn overview(&self) -> Read<Overview>;
}

/// Messages committed and not yet certainly handed over.
///
/// A message either *waits*, and then nobody has ever sent it, or it is *in the hand* of one process, which is about to
/// send it or has done so. Both are durable, so that of several processes each sends its own, and what a dead one leaves
/// behind is known for what it is: possibly sent.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Departments that have messages waiting.
    async fn waiting_departments(&self) -> Read<Vec<DepartmentId>>;
    /// Waiting messages for one department after a position, oldest first.
    async fn waiting(&self, department: &DepartmentId, after: OutboxPosition, limit: u32) -> Read<Vec<OutboxRow>>;
    /// Takes waiting messages in hand; those that somebody else took first are left out of the answer.
    async fn take(&self, positions: Vec<OutboxPosition>) -> Read<Taken>;
    /// Lets messages wait again that this process had in hand and certainly did not send.
    async fn release(&self, positions: Vec<OutboxPosition>) -> Read<()>;
    /// Forgets messages that were handed over.
    async fn clear(&self, positions: Vec<OutboxPosition>) -> Read<()>;
    /// Lets wait again, marked as [left behind](OutboxRow::left_behind), what processes had in hand that have gone; how
    /// many messages that were, or nothing when no process has gone.
    async fn recover(&self) -> Read<Option<u64>>;
    /// Whether what was taken in hand is still this process's: asked directly before sending it.
    fn holding(&self, hold: Hold) -> Holding;
}

/// What must be woken, derived from the cases: see `Case::wake_at`.
#[async_trait]
pub trait Timers: Send + Sync {
    /// Transactions whose wake-up has come, earliest first. Of several processes one is given a transaction; the others
    /// are only when it has not been changed some seconds later.
    async fn due(&self, now: Timestamp, limit: u32) -> Read<Vec<TransactionId>>;
    /// The earliest wake-up there is.
    async fn next_wake(&self) -> Read<Option<Timestamp>>;
}

/// Adapters that have announced themselves, and upkeep.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Keeps the announcement of a department's adapter, in place of the one before.
    async fn put_adapter(&self, record: AdapterRecord) -> Read<()>;
    /// All announcements kept.
    async fn adapters(&self) -> Read<Vec<AdapterRecord>>;
    /// Forgets what has outlived its use, a bounded amount at a time; says how many rows went.
    async fn prune(&self, prune: Prune) -> Read<u64>;
}

/// Parked legs, which wait for an operator. The list follows the cases within the same commit; a transaction that never
/// had a parked leg costs it nothing.
#[async_trait]
pub trait Failures: Send + Sync {
    /// A page of parked legs, the longest parked first.
    async fn failures(&self, query: &FailureQuery) -> Read<Vec<Failure>>;
    /// How many there are.
    async fn count_failures(&self, selection: &Selection) -> Read<u64>;
    /// The same by cause, the largest group first.
    async fn failure_groups(&self, selection: &Selection) -> Read<Vec<FailureGroup>>;
}

/// Operators' bulk work.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Keeps a new job; false, and nothing is done, when there is one with its id.
    async fn put_job(&self, job: &Job) -> Read<bool>;
    /// Keeps a job as it stands now, if it still has the version that was read: its new version, or nothing when
    /// somebody else changed it meanwhile or it does not exist.
    async fn update_job(&self, job: &Job, expected: Version) -> Read<Option<Version>>;
    /// One job.
    async fn job(&self, id: JobId) -> Read<Option<StoredJob>>;
    /// A page of jobs, the newest first (by creation, then id); after the one given.
    async fn jobs(&self, after: Option<(Timestamp, JobId)>, limit: u32) -> Read<Vec<StoredJob>>;
    /// The jobs that have not ended, the oldest first. Costs in proportion to these.
    async fn open_jobs(&self) -> Read<Vec<StoredJob>>;
}

/// Departments that operators have paused.
#[async_trait]
pub trait Pauses: Send + Sync {
    /// Keeps a pause; false, and the one before stays, when the department is paused already.
    async fn put_pause(&self, pause: &Pause) -> Read<bool>;
    /// Forgets it; false when there was none.
    async fn remove_pause(&self, department: &DepartmentId) -> Read<bool>;
    /// All of them, by department.
    async fn pauses(&self) -> Read<Vec<Pause>>;
}

/// Everything the engine needs of its storage.
pub trait Journal: Append + Query + Outbox + Timers + Directory + Failures + Jobs + Pauses {}

impl<T: Append + Query + Outbox + Timers + Directory + Failures + Jobs + Pauses + ?Sized> Journal for T {}
