//! One unit of work: statements, and a COMMIT from which alone doubt can come.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, Trial};
use super::database::Shared;
use super::error::{Doubtful, NotDone, SqlError};
use super::row::{Argument, Row};

/// A transaction under way. Dropped without [`commit`](Self::commit), its connection is closed and nothing was done.
pub struct Work {
    shared: Arc<Shared>,
    connection: Connection,
    // Held as long as the connection is.
    _permit: OwnedSemaphorePermit,
    deadline: Instant,
    /// A statement failed: PostgreSQL would answer COMMIT with a ROLLBACK, and no error.
    failed: bool,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl Work {
    pub(super) fn new(
        shared: Arc<Shared>,
        connection: Connection,
        permit: OwnedSemaphorePermit,
        deadline: Instant,
    ) -> Self {
        Self { shared, connection, _permit: permit, deadline, failed: false }
    }

    /// Runs one statement, a literal with places for its arguments, and reads its whole answer. After an error there is
    /// nothing more to do with this work.
    ///
    /// # Errors
    /// [`SqlError::NotDone`] or [`SqlError::Refused`], never doubt: nothing is committed yet.
    pub async fn run(&mut self, sql: &'static str, arguments: &[Argument]) -> Result<Vec<Row>, SqlError> {
        let settings = &self.shared.settings;
        if self.failed {
            return Err(SqlError::NotDone(NotDone::Unreadable("an earlier statement failed".into())));
        }
        // Until it has succeeded it has not: also when this future is dropped.
        self.failed = true;
        let run = self.connection.run(sql, arguments, settings.max_rows, settings.max_bytes);
        let rows = match timeout_at(self.deadline, run).await {
            Err(_) => return Err(SqlError::NotDone(NotDone::Timeout(settings.work_timeout))),
            Ok(Err(Trial::TooManyRows)) => return Err(SqlError::NotDone(NotDone::TooManyRows(settings.max_rows))),
            Ok(Err(Trial::Oversized)) => return Err(SqlError::NotDone(NotDone::Oversized(settings.max_bytes))),
            Ok(Err(trial)) => return Err(before_commit(trial)),
            Ok(Ok(rows)) => rows,
        };
        self.failed = false;
        Ok(rows)
    }

    /// Makes it so. The only step after which something may have been done that nobody heard of.
    ///
    /// # Errors
    /// [`SqlError`]: certain if the time for work is over before COMMIT leaves, or the database's answer proves that it was
    /// rolled back; else doubtful.
    pub async fn commit(mut self) -> Result<(), SqlError> {
        let settings = &self.shared.settings;
        if self.failed {
            return Err(SqlError::NotDone(NotDone::Unreadable("an earlier statement failed".into())));
        }
        let now = Instant::now();
        if now >= self.deadline {
            return Err(SqlError::NotDone(NotDone::Timeout(settings.work_timeout)));
        }
        let limit = settings.commit_timeout;
        match timeout_at(now + limit, self.connection.tell("COMMIT")).await {
            Err(_) => Err(SqlError::Doubtful(Doubtful::Timeout(limit))),
            Ok(Ok(())) => {
                self.shared.keep(self.connection);
                Ok(())
            }
            Ok(Err(Trial::Said(said))) => match (said.verdict, said.proves_rollback) {
                (Ok(refusal), true) => Err(SqlError::Refused(Box::new(refusal))),
                (Err(fault), true) => Err(SqlError::NotDone(NotDone::Database(fault))),
                (Err(fault), false) => Err(SqlError::Doubtful(Doubtful::Database(fault))),
                (Ok(refusal), false) => Err(SqlError::Doubtful(Doubtful::Broken(refusal.to_string().into()))),
            },
            Ok(Err(Trial::Broken(cause))) => Err(SqlError::Doubtful(Doubtful::Broken(cause))),
            Ok(Err(Trial::Unreadable(why))) => Err(SqlError::Doubtful(Doubtful::Broken(why.into()))),
            Ok(Err(Trial::TooManyRows | Trial::Oversized)) => {
                Err(SqlError::Doubtful(Doubtful::Broken("COMMIT was answered with rows".into())))
            }
        }
    }

    /// Undoes it at once, for the sake of those who wait for what it has locked. Nothing was done, whatever becomes of this.
    pub async fn abandon(self) {
        // Closing ends the transaction, and in whatever state it is.
        let limit = Instant::now() + self.shared.settings.commit_timeout;
        let _ = timeout_at(limit, self.connection.close()).await;
    }
}

/// What a failure means while nothing is committed.
pub(super) fn before_commit(trial: Trial) -> SqlError {
    match trial {
        Trial::Said(said) => match said.verdict {
            Ok(refusal) => SqlError::Refused(Box::new(refusal)),
            Err(fault) => SqlError::NotDone(NotDone::Database(fault)),
        },
        Trial::Broken(cause) => SqlError::NotDone(NotDone::Broken(cause)),
        Trial::Unreadable(why) => SqlError::NotDone(NotDone::Unreadable(why)),
        // Where no answer with rows is expected.
        Trial::TooManyRows | Trial::Oversized => {
            SqlError::NotDone(NotDone::Unreadable("rows where none belong".into()))
        }
    }
}
