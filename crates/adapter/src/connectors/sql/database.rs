//! A database with at most so many connections. A call opens a connection at most once and is never repeated.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, Trial};
use super::error::{Doubtful, NotDone, SqlError};
use super::row::{Argument, Row};
use super::settings::{SqlSettings, SqlSetupError};
use super::work::{Work, before_commit};

/// A database. Cheap to clone; opens nothing before the first call.
#[derive(Clone)]
pub struct Database(Arc<Shared>);

pub(super) struct Shared {
    pub(super) settings: SqlSettings,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Database").field(&self.0.settings.address).finish()
    }
}

impl Database {
    /// A database with these settings.
    ///
    /// # Errors
    /// [`SqlSetupError`], naming the setting.
    pub fn new(settings: SqlSettings) -> Result<Self, SqlSetupError> {
        settings.check()?;
        let permits = Arc::new(Semaphore::new(settings.max_connections.into()));
        Ok(Self(Arc::new(Shared { settings, permits, idle: Mutex::default() })))
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &SqlSettings {
        &self.0.settings
    }

    /// Begins a unit of work: a transaction on a connection of its own. Dropped before [`Work::commit`], it was never done.
    ///
    /// # Errors
    /// [`SqlError::NotDone`].
    pub async fn begin(&self) -> Result<Work, SqlError> {
        let limit = self.0.settings.connect_timeout.min(self.0.settings.work_timeout);
        let started = Instant::now();
        let permit = self.permit(started).await?;
        let opened = timeout_at(started + limit, self.open_transaction()).await;
        let connection = opened.map_err(|_| SqlError::NotDone(NotDone::ConnectTimeout(limit)))??;
        Ok(Work::new(self.0.clone(), connection, permit, started + self.0.settings.work_timeout))
    }

    /// Runs one statement outside a transaction, for a procedure that commits by itself. Whatever is lost once the
    /// statement is under way is in doubt; an error that the database answers is taken as its no.
    ///
    /// # Errors
    /// [`SqlError`].
    pub async fn run_alone(&self, sql: &'static str, arguments: &[Argument]) -> Result<Vec<Row>, SqlError> {
        let settings = &self.0.settings;
        let limit = settings.connect_timeout.min(settings.work_timeout);
        let started = Instant::now();
        let permit = self.permit(started).await?;
        // Never one that was kept: whether it still lives could only be found out by the statement itself.
        let opened = timeout_at(started + limit, Connection::open(settings)).await;
        let mut connection =
            opened.map_err(|_| SqlError::NotDone(NotDone::ConnectTimeout(limit)))?.map_err(unconnected)?;
        let run = connection.run(sql, arguments, settings.max_rows, settings.max_bytes);
        let answer = match timeout_at(started + settings.work_timeout, run).await {
            Err(_) => return Err(SqlError::Doubtful(Doubtful::Timeout(settings.work_timeout))),
            Ok(answer) => answer,
        };
        match answer {
            Ok(rows) => {
                self.0.keep(connection);
                drop(permit);
                Ok(rows)
            }
            Err(Trial::Said(said)) => Err(match said.verdict {
                Ok(refusal) => SqlError::Refused(Box::new(refusal)),
                Err(fault) => SqlError::Doubtful(Doubtful::Database(fault)),
            }),
            Err(Trial::Broken(cause)) => Err(SqlError::Doubtful(Doubtful::Broken(cause))),
            Err(Trial::Unreadable(why)) => Err(SqlError::Doubtful(Doubtful::Broken(why.into()))),
            Err(Trial::TooManyRows) => Err(SqlError::Doubtful(Doubtful::Broken("too many rows".into()))),
            Err(Trial::Oversized) => Err(SqlError::Doubtful(Doubtful::Broken("the answer is too large".into()))),
        }
    }

    async fn permit(&self, started: Instant) -> Result<OwnedSemaphorePermit, SqlError> {
        let limit = self.0.settings.connect_timeout;
        match timeout_at(started + limit, self.0.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // It is never closed; if it were, nothing would be free.
            Ok(Err(_)) | Err(_) => Err(SqlError::NotDone(NotDone::Busy(limit))),
        }
    }

    /// A kept connection, or a new one. That the kept one still lives is shown by the transaction it opens; if it does
    /// not, nothing has been asked of anybody yet, and a new one is opened.
    async fn open_transaction(&self) -> Result<Connection, SqlError> {
        if let Some(mut kept) = self.0.take()
            && kept.begin().await.is_ok()
        {
            return Ok(kept);
        }
        let mut connection = Connection::open(&self.0.settings).await.map_err(unconnected)?;
        connection.begin().await.map_err(before_commit)?;
        Ok(connection)
    }
}

impl Shared {
    fn take(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|kept| kept.since.elapsed() < self.settings.keep_idle);
        idle.pop().map(|kept| kept.connection)
    }

    /// Keeps one that is in no transaction. Called while its permit is held, so no more are kept than are allowed.
    pub(super) fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(Idle { connection, since: Instant::now() });
    }
}

/// Nothing was asked of a database to which there was no connection.
fn unconnected(trial: Trial) -> SqlError {
    match trial {
        Trial::Broken(cause) => SqlError::NotDone(NotDone::Connect(cause)),
        Trial::Unreadable(why) => SqlError::NotDone(NotDone::Connect(why.into())),
        other => before_commit(other),
    }
}
