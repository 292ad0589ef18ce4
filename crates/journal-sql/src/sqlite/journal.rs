//! The journal's traits, handed on to the writer and the readers.

use std::fs::File;
use std::path::Path;

use async_trait::async_trait;
use jisr_core::id::TransactionId;
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_journal::{
    AdapterRecord, Append, Directory, FeedEntry, Hold, Holding, ListQuery, Outbox, OutboxPosition, OutboxRow, Overview,
    Position, Prune, Query, Read, RequestKey, StoredCase, StoredTransaction, Taken, Timers, Write, WriteError, Written,
};
use tokio::sync::watch;

use super::reader::{Readers, list, query};
use super::writer::{Hand, Job, Small, Writer};
use super::{SqliteOptions, connection, lock, migrate};
use crate::OpenError;
use crate::prepared::Prepared;

/// The journal in one SQLite file (WAL, `synchronous=FULL`: what is answered is on the disk).
///
/// Owned by one process at a time. Dropping it waits for the work already asked for.
pub struct SqliteJournal {
    // In the order in which they end: the last connection to close is the writer's, which tidies the log away.
    pub(crate) readers: Readers,
    writer: Writer,
    _lock: File,
}

impl SqliteJournal {
    /// Opens the journal in this file with the usual settings, making it and its folder where missing.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(&SqliteOptions::new(path))
    }

    /// [`Self::open`] with settings of one's own.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed.
    pub fn open_with(options: &SqliteOptions) -> Result<Self, OpenError> {
        let refused = |source| OpenError::Database { path: options.path.clone(), source };
        let lock = lock::take(&options.path)?;
        let mut writing = connection::writing(&options.path).map_err(refused)?;
        migrate::run(&mut writing, &options.path)?;
        let readers = Readers::start(options).map_err(refused)?;
        let writer = Writer::start(writing, options).map_err(refused)?;
        Ok(Self { readers, writer, _lock: lock })
    }

    /// Makes a small change and says how many rows it changed.
    pub(crate) async fn change(&self, change: Small) -> Read<u64> {
        self.writer.ask(|answer| Job::Small { change, answer }).await?
    }

    async fn outbox(&self, change: Hand, positions: Vec<OutboxPosition>) -> Read<Vec<OutboxPosition>> {
        self.writer.ask(|answer| Job::Outbox { change, positions, answer }).await?
    }
}

#[async_trait]
impl Append for SqliteJournal {
    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<Written, WriteError>> {
        let count = writes.len();
        let writes: Vec<_> = writes.into_iter().map(Prepared::from).collect();
        match self.writer.ask(|answer| Job::Write { writes, answer }).await {
            Ok(results) => results,
            Err(unavailable) => vec![Err(WriteError::Unavailable(unavailable)); count],
        }
    }
}

#[async_trait]
impl Query for SqliteJournal {
    async fn cases(&self, ids: &[TransactionId]) -> Read<Vec<StoredCase>> {
        let ids = ids.to_vec();
        self.readers.read(move |connection| query::cases(connection, &ids)).await
    }

    async fn transactions(&self, ids: &[TransactionId]) -> Read<Vec<StoredTransaction>> {
        let ids = ids.to_vec();
        self.readers.read(move |connection| query::transactions(connection, &ids)).await
    }

    async fn list(&self, query: &ListQuery) -> Read<Vec<StoredTransaction>> {
        let query = query.clone();
        self.readers.read(move |connection| list::list(connection, &query)).await
    }

    async fn history(&self, id: TransactionId, after: u32, limit: u32) -> Read<Vec<FeedEntry>> {
        self.readers.read(move |connection| query::history(connection, id, after, limit)).await
    }

    async fn feed(&self, after: Position, limit: u32) -> Read<Vec<FeedEntry>> {
        self.readers.read(move |connection| query::feed(connection, after, limit)).await
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.writer.head()
    }

    async fn request(&self, key: &RequestKey) -> Read<Option<(TransactionId, bool)>> {
        let key = key.clone();
        self.readers.read(move |connection| query::request(connection, &key)).await
    }

    async fn overview(&self) -> Read<Overview> {
        self.readers.read(query::overview).await
    }
}

#[async_trait]
impl Outbox for SqliteJournal {
    async fn waiting_departments(&self) -> Read<Vec<DepartmentId>> {
        self.readers.read(query::waiting_departments).await
    }

    async fn waiting(&self, department: &DepartmentId, after: OutboxPosition, limit: u32) -> Read<Vec<OutboxRow>> {
        let department = department.clone();
        self.readers.read(move |connection| query::waiting(connection, &department, after, limit)).await
    }

    async fn take(&self, positions: Vec<OutboxPosition>) -> Read<Taken> {
        Ok(Taken { hold: Hold::default(), positions: self.outbox(Hand::Take, positions).await? })
    }

    async fn release(&self, positions: Vec<OutboxPosition>) -> Read<()> {
        self.outbox(Hand::Release, positions).await.map(drop)
    }

    async fn clear(&self, positions: Vec<OutboxPosition>) -> Read<()> {
        self.outbox(Hand::Clear, positions).await.map(drop)
    }

    /// There is no other process: what the one before had in hand was let go when this one opened the file.
    async fn recover(&self) -> Read<Option<u64>> {
        Ok(None)
    }

    fn holding(&self, _: Hold) -> Holding {
        Holding::Sure
    }
}

#[async_trait]
impl Timers for SqliteJournal {
    async fn due(&self, now: Timestamp, limit: u32) -> Read<Vec<TransactionId>> {
        self.readers.read(move |connection| query::due(connection, now, limit)).await
    }

    async fn next_wake(&self) -> Read<Option<Timestamp>> {
        self.readers.read(query::next_wake).await
    }
}

#[async_trait]
impl Directory for SqliteJournal {
    async fn put_adapter(&self, record: AdapterRecord) -> Read<()> {
        self.writer.ask(|answer| Job::PutAdapter { record, answer }).await?
    }

    async fn adapters(&self) -> Read<Vec<AdapterRecord>> {
        self.readers.read(query::adapters).await
    }

    async fn prune(&self, prune: Prune) -> Read<u64> {
        self.writer.ask(|answer| Job::Prune { prune, answer }).await?
    }
}
