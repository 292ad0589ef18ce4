//! The one thread that writes. While a commit is on its way to the disk, whatever else is asked gathers, and the next
//! commit takes all of it: no timer, no delay when idle, few disk flushes under load.

mod apply;
mod held;
mod job;
mod small;
mod statements;

use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use apply::{Commit, Heads};
pub(crate) use held::follow;
use jisr_journal::{Position, Unavailable};
pub(crate) use job::{Hand, Job};
use rusqlite::Connection;
pub(crate) use small::Small;
use statements::Statements;
use tokio::sync::{mpsc, oneshot, watch};

use super::SqliteOptions;
use super::connection::writing;
use crate::error::unavailable;

/// Calls that may wait; beyond it callers wait to be let in.
const WAITING_CALLS: usize = 4096;

/// The handle of the writing thread, which ends, everything asked being done, when this is dropped.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    head: watch::Receiver<Position>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on this connection; it opens another itself should this one fail.
    pub(crate) fn start(connection: Connection, options: &SqliteOptions) -> rusqlite::Result<Self> {
        let heads = read_heads(&mut Statements::prepare(&connection)?)?;
        let (jobs, waiting) = mpsc::channel(WAITING_CALLS);
        let (head, watched) = watch::channel(Position(heads.feed));
        let loop_ = Loop { path: options.path.clone(), jobs: waiting, head, max_batch: options.max_batch };
        let thread = thread::Builder::new().name("journal-writer".into()).spawn(move || loop_.run(connection));
        let thread = thread.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(Self { jobs: Some(jobs), head: watched, thread: Some(thread) })
    }

    pub(crate) fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    /// Hands a job in and waits for its answer.
    pub(crate) async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, Unavailable> {
        let gone = || unavailable("the writer has ended");
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job(answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's writer had panicked");
        }
    }
}

/// The thread's own side.
struct Loop {
    path: PathBuf,
    jobs: mpsc::Receiver<Job>,
    head: watch::Sender<Position>,
    max_batch: usize,
}

impl Loop {
    /// Until every handle is gone. A connection that failed is replaced with the next batch.
    fn run(mut self, first: Connection) {
        let mut connection = Some(first);
        while let Some(batch) = self.gather() {
            let opened = connection.take().map_or_else(|| writing(&self.path), Ok);
            let (unserved, error) = match opened {
                Ok(opened) => match self.serve(&opened, batch) {
                    Ok(()) => return,
                    Err(failed) => failed,
                },
                Err(error) => (batch, error),
            };
            tracing::error!(error = %error, jobs = unserved.len(), "journal commit failed, nothing of it was done");
            let why = unavailable(&error);
            unserved.into_iter().for_each(|job| job.fail(&why));
        }
    }

    /// Commits batch after batch on one connection. Ends well when every handle is gone; otherwise gives back the
    /// batch that failed, with why.
    fn serve(&mut self, connection: &Connection, mut batch: Vec<Job>) -> Result<(), (Vec<Job>, rusqlite::Error)> {
        let prepared = Statements::prepare(connection);
        let prepared = prepared.and_then(|mut statements| read_heads(&mut statements).map(|heads| (statements, heads)));
        let (mut statements, mut heads) = match prepared {
            Ok(ready) => ready,
            Err(error) => return Err((batch, error)),
        };
        loop {
            let outcomes = match commit(connection, &mut statements, &mut heads, &batch) {
                Ok(outcomes) => outcomes,
                Err(error) => return Err((batch, error)),
            };
            // Before the answers: who has one finds the head at or beyond its own position.
            self.head.send_if_modified(|head| {
                let moved = head.0 != heads.feed;
                head.0 = heads.feed;
                moved
            });
            for (job, outcome) in batch.into_iter().zip(outcomes) {
                job.answer(outcome);
            }
            match self.gather() {
                Some(next) => batch = next,
                None => return Ok(()),
            }
        }
    }

    /// Waits for a job, then takes whatever else waits already.
    fn gather(&mut self) -> Option<Vec<Job>> {
        let first = self.jobs.blocking_recv()?;
        let mut size = first.size();
        let mut batch = vec![first];
        while size < self.max_batch
            && let Ok(next) = self.jobs.try_recv()
        {
            size += next.size();
            batch.push(next);
        }
        Some(batch)
    }
}

/// One physical commit. On an error nothing is done: the connection is given up, which rolls back.
fn commit<'c>(
    connection: &'c Connection,
    statements: &mut Statements<'c>,
    heads: &mut Heads,
    batch: &[Job],
) -> rusqlite::Result<Vec<job::Outcome>> {
    statements.begin.execute([])?;
    let mut open = Commit { connection, statements, heads: *heads };
    let outcomes = batch.iter().map(|job| open.job(job)).collect::<rusqlite::Result<_>>()?;
    let moved = open.heads;
    if moved != *heads {
        statements.set_heads.execute([moved.feed, moved.outbox])?;
    }
    statements.commit.execute([])?;
    *heads = moved;
    Ok(outcomes)
}

fn read_heads(statements: &mut Statements<'_>) -> rusqlite::Result<Heads> {
    statements.heads.query_row([], |row| Ok(Heads { feed: row.get(0)?, outbox: row.get(1)? }))
}
