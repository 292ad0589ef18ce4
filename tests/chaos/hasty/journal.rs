//! A journal that says of a new transaction that it is durable before it is. All else it leaves to the right one.

use std::sync::Arc;

use async_trait::async_trait;
use jisr_core::id::{JobId, TransactionId};
use jisr_core::job::{Job, Selection};
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_journal::{
    AdapterRecord, Append, Directory, Failure, FailureGroup, FailureQuery, Failures, FeedEntry, Hold, Holding, Jobs,
    ListQuery, Outbox, OutboxPosition, OutboxRow, Overview, Pause, Pauses, Position, Prune, Query, Read, RequestKey,
    StoredCase, StoredJob, StoredTransaction, Taken, Target, Timers, Version, Write, WriteError, Written,
};
use jisr_journal_sql::SqliteJournal;
use tokio::sync::watch;

use super::LATE;

/// See the module.
pub(crate) struct HastyJournal(Arc<SqliteJournal>);

impl HastyJournal {
    pub(crate) fn new(journal: SqliteJournal) -> Self {
        Self(Arc::new(journal))
    }
}

#[async_trait]
impl Append for HastyJournal {
    async fn write_all(&self, mut writes: Vec<Write>) -> Vec<Result<Written, WriteError>> {
        let create = matches!(writes.as_slice(), [Write { target: Target::Create(_), .. }]);
        if !create {
            return self.0.write_all(writes).await;
        }
        // Nobody has its messages in hand, since nobody knows yet where they will be: they are sent when they are missed.
        writes.iter_mut().flat_map(|write| &mut write.outbox).for_each(|message| message.in_hand = false);
        let journal = self.0.clone();
        tokio::spawn(async move {
            tokio::time::sleep(LATE).await;
            journal.write_all(writes).await
        });
        // This is what is wrong.
        let (version, position, outbox, hold) = (Version(1), Position::default(), Vec::new(), Hold::default());
        vec![Ok(Written::Committed { version, position, outbox, hold })]
    }
}

#[async_trait]
impl Outbox for HastyJournal {
    async fn waiting_departments(&self) -> Read<Vec<DepartmentId>> {
        self.0.waiting_departments().await
    }

    async fn waiting(&self, department: &DepartmentId, after: OutboxPosition, limit: u32) -> Read<Vec<OutboxRow>> {
        self.0.waiting(department, after, limit).await
    }

    async fn take(&self, positions: Vec<OutboxPosition>) -> Read<Taken> {
        self.0.take(positions).await
    }

    async fn release(&self, positions: Vec<OutboxPosition>) -> Read<()> {
        self.0.release(positions).await
    }

    async fn recover(&self) -> Read<Option<u64>> {
        self.0.recover().await
    }

    fn holding(&self, hold: Hold) -> Holding {
        self.0.holding(hold)
    }

    async fn clear(&self, positions: Vec<OutboxPosition>) -> Read<()> {
        self.0.clear(positions).await
    }
}

#[async_trait]
impl Query for HastyJournal {
    async fn cases(&self, ids: &[TransactionId]) -> Read<Vec<StoredCase>> {
        self.0.cases(ids).await
    }

    async fn transactions(&self, ids: &[TransactionId]) -> Read<Vec<StoredTransaction>> {
        self.0.transactions(ids).await
    }

    async fn list(&self, query: &ListQuery) -> Read<Vec<StoredTransaction>> {
        self.0.list(query).await
    }

    async fn history(&self, id: TransactionId, after: u32, limit: u32) -> Read<Vec<FeedEntry>> {
        self.0.history(id, after, limit).await
    }

    async fn feed(&self, after: Position, limit: u32) -> Read<Vec<FeedEntry>> {
        self.0.feed(after, limit).await
    }

    fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.0.head()
    }

    async fn request(&self, key: &RequestKey) -> Read<Option<(TransactionId, bool)>> {
        self.0.request(key).await
    }

    async fn overview(&self) -> Read<Overview> {
        self.0.overview().await
    }
}

#[async_trait]
impl Timers for HastyJournal {
    async fn due(&self, now: Timestamp, limit: u32) -> Read<Vec<TransactionId>> {
        self.0.due(now, limit).await
    }

    async fn next_wake(&self) -> Read<Option<Timestamp>> {
        self.0.next_wake().await
    }
}

#[async_trait]
impl Directory for HastyJournal {
    async fn put_adapter(&self, record: AdapterRecord) -> Read<()> {
        self.0.put_adapter(record).await
    }

    async fn adapters(&self) -> Read<Vec<AdapterRecord>> {
        self.0.adapters().await
    }

    async fn prune(&self, prune: Prune) -> Read<u64> {
        self.0.prune(prune).await
    }
}

#[async_trait]
impl Failures for HastyJournal {
    async fn failures(&self, query: &FailureQuery) -> Read<Vec<Failure>> {
        self.0.failures(query).await
    }

    async fn count_failures(&self, selection: &Selection) -> Read<u64> {
        self.0.count_failures(selection).await
    }

    async fn failure_groups(&self, selection: &Selection) -> Read<Vec<FailureGroup>> {
        self.0.failure_groups(selection).await
    }
}

#[async_trait]
impl Jobs for HastyJournal {
    async fn put_job(&self, job: &Job) -> Read<bool> {
        self.0.put_job(job).await
    }

    async fn update_job(&self, job: &Job, expected: Version) -> Read<Option<Version>> {
        self.0.update_job(job, expected).await
    }

    async fn job(&self, id: JobId) -> Read<Option<StoredJob>> {
        self.0.job(id).await
    }

    async fn jobs(&self, after: Option<(Timestamp, JobId)>, limit: u32) -> Read<Vec<StoredJob>> {
        self.0.jobs(after, limit).await
    }

    async fn open_jobs(&self) -> Read<Vec<StoredJob>> {
        self.0.open_jobs().await
    }
}

#[async_trait]
impl Pauses for HastyJournal {
    async fn put_pause(&self, pause: &Pause) -> Read<bool> {
        self.0.put_pause(pause).await
    }

    async fn remove_pause(&self, department: &DepartmentId) -> Read<bool> {
        self.0.remove_pause(department).await
    }

    async fn pauses(&self) -> Read<Vec<Pause>> {
        self.0.pauses().await
    }
}
