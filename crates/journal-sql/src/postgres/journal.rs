//! The journal's traits, handed on to the writer and the lines.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jisr_core::id::TransactionId;
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_journal::{
    AdapterRecord, Append, Directory, FeedEntry, Hold, Holding, ListQuery, Outbox, OutboxPosition, OutboxRow, Overview,
    Position, Prune, Query, Read, RequestKey, StoredCase, StoredTransaction, Taken, Timers, Write, WriteError, Written,
};
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::line::{Dialler, Lines};
use super::options::PostgresOptions;
use super::owner::Owner;
use super::writer::{Job, Writer};
use super::{list, migrate, query};
use crate::OpenError;
use crate::error::unavailable;
use crate::prepared::Prepared;

/// How long a server that is just starting is waited for.
const START: Duration = Duration::from_secs(30);
/// Wait before the next try meanwhile.
const PAUSE: Duration = Duration::from_millis(500);

/// The journal on PostgreSQL, for one of any number of processes.
pub struct PostgresJournal {
    pub(super) lines: Lines,
    writer: Writer,
    owner: Owner,
    head: Arc<watch::Sender<Position>>,
    silent: Duration,
    frozen: Duration,
    keeping: AbortHandle,
}

impl PostgresJournal {
    /// Opens the journal, bringing its schema up to date. A server that does not answer yet is waited for, half a minute
    /// at most. Call it in a tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`]: the options cannot work, the database refuses or does not answer, or a later release made it.
    pub async fn open(options: &PostgresOptions) -> Result<Self, OpenError> {
        let dialler = Arc::new(Dialler::new(options)?);
        let (address, schema) = (&options.address, &options.schema);
        let place = format!("{address}, schema {schema}");
        let deadline = Instant::now() + START;
        loop {
            match migrate::run(&dialler, &place).await {
                Ok(()) => break,
                Err(OpenError::Unavailable { source, .. }) if Instant::now() < deadline => {
                    tracing::warn!(error = %source, "the journal's database does not answer yet");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        let owner = Owner::new(options);
        let head = Arc::new(watch::Sender::new(Position(0)));
        let (seen, first_seen) = oneshot::channel();
        let keeping = owner.clone().keep(dialler.clone(), options.frozen, head.clone(), seen);
        let keeping = tokio::spawn(keeping).abort_handle();
        let writer = Writer::start(dialler.clone(), owner.clone(), head.clone(), options.max_batch);
        let lines = Lines::new(dialler, options.connections);
        let (silent, frozen) = (options.silent, options.frozen);
        let journal = Self { lines, writer, owner, head, silent, frozen, keeping };
        let waited = tokio::time::timeout_at(deadline.max(Instant::now() + options.patience), first_seen).await;
        match waited {
            Ok(Ok(())) => Ok(journal),
            _ => Err(OpenError::Unavailable { place, source: unavailable("the database does not see this process") }),
        }
    }
}

impl PostgresJournal {
    /// Asks whether the journal can be opened: the version of its schema, if that is there already. Changes nothing.
    ///
    /// # Errors
    /// [`OpenError`]: the options cannot work, or the database refuses or does not answer.
    pub async fn probe(options: &PostgresOptions) -> Result<Option<i32>, OpenError> {
        let place = format!("{}, schema {}", options.address, options.schema);
        migrate::probe(&Dialler::new(options)?, &place).await
    }
}

impl Drop for PostgresJournal {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

#[async_trait]
impl Append for PostgresJournal {
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
impl Query for PostgresJournal {
    async fn cases(&self, ids: &[TransactionId]) -> Read<Vec<StoredCase>> {
        query::cases(&self.lines, ids).await
    }

    async fn transactions(&self, ids: &[TransactionId]) -> Read<Vec<StoredTransaction>> {
        query::transactions(&self.lines, ids).await
    }

    async fn list(&self, query: &ListQuery) -> Read<Vec<StoredTransaction>> {
        list::list(&self.lines, query).await
    }

    async fn history(&self, id: TransactionId, after: u32, limit: u32) -> Read<Vec<FeedEntry>> {
        query::history(&self.lines, id, after, limit).await
    }

    async fn feed(&self, after: Position, limit: u32) -> Read<Vec<FeedEntry>> {
        query::feed(&self.lines, after, limit).await
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn has_company(&self) -> bool {
        self.owner.has_company()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    async fn request(&self, key: &RequestKey) -> Read<Option<(TransactionId, bool)>> {
        query::request(&self.lines, key).await
    }

    async fn overview(&self) -> Read<Overview> {
        query::overview(&self.lines).await
    }
}

#[async_trait]
impl Outbox for PostgresJournal {
    async fn waiting_departments(&self) -> Read<Vec<DepartmentId>> {
        query::waiting_departments(&self.lines).await
    }

    async fn waiting(&self, department: &DepartmentId, after: OutboxPosition, limit: u32) -> Read<Vec<OutboxRow>> {
        query::waiting(&self.lines, department, after, limit).await
    }

    async fn take(&self, positions: Vec<OutboxPosition>) -> Read<Taken> {
        self.writer.ask(|answer| Job::Take { positions, answer }).await?
    }

    async fn release(&self, positions: Vec<OutboxPosition>) -> Read<()> {
        self.writer.ask(|answer| Job::Release { positions, answer }).await?
    }

    async fn clear(&self, positions: Vec<OutboxPosition>) -> Read<()> {
        self.writer.ask(|answer| Job::Clear { positions, answer }).await?
    }

    async fn recover(&self) -> Read<Option<u64>> {
        let released = self.writer.released().then_some(0);
        Ok(query::recover(&self.lines, self.silent, self.frozen).await?.or(released))
    }

    fn holding(&self, hold: Hold) -> Holding {
        self.owner.holding(hold)
    }
}

#[async_trait]
impl Timers for PostgresJournal {
    async fn due(&self, now: Timestamp, limit: u32) -> Read<Vec<TransactionId>> {
        query::due(&self.lines, now, limit).await
    }

    async fn next_wake(&self) -> Read<Option<Timestamp>> {
        query::next_wake(&self.lines).await
    }
}

#[async_trait]
impl Directory for PostgresJournal {
    async fn put_adapter(&self, record: AdapterRecord) -> Read<()> {
        query::put_adapter(&self.lines, &record).await
    }

    async fn adapters(&self) -> Read<Vec<AdapterRecord>> {
        query::adapters(&self.lines).await
    }

    async fn prune(&self, prune: Prune) -> Read<u64> {
        query::prune(&self.lines, prune).await
    }
}
