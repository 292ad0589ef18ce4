//! The threads that read, each with a connection of its own. They never wait for the writer nor the writer for them:
//! that is what the write-ahead log is for.

pub(crate) mod list;
pub(crate) mod operate;
pub(crate) mod query;
pub(crate) mod row;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use jisr_journal::Read;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::SqliteOptions;
use super::connection::reading;
use crate::error::{Failure, unavailable};

/// One query; says whether the connection is still good.
type Job = Box<dyn FnOnce(&Connection) -> bool + Send>;

/// The handle of the reading threads, which end when this is dropped.
pub(crate) struct Readers {
    jobs: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Opens the connections and starts a thread for each.
    pub(crate) fn start(options: &SqliteOptions) -> rusqlite::Result<Self> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        let mut readers = Self { jobs: Some(jobs), threads: Vec::new() };
        for number in 0..options.read_connections.max(1) {
            let connection = reading(&options.path)?;
            let (path, waiting) = (options.path.clone(), Arc::clone(&waiting));
            let name = format!("journal-reader-{number}");
            let thread = thread::Builder::new().name(name).spawn(move || serve(path, connection, &waiting));
            let thread = thread.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Runs a query on the next free connection, within one read transaction: all it reads is of one moment.
    pub(crate) async fn read<T, Q>(&self, query: Q) -> Read<T>
    where
        T: Send + 'static,
        Q: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = in_transaction(connection, query);
            let good = !matches!(result, Err(Failure::Database(_)));
            if let Err(error) = &result {
                tracing::error!(error = %error, "journal query failed");
            }
            // Whoever asked may have gone: nobody's loss.
            drop(answer.send(result.map_err(unavailable)));
            good
        });
        let gone = || unavailable("the readers have ended");
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reader of the journal had panicked");
            }
        }
    }
}

fn in_transaction<T>(
    connection: &Connection,
    query: impl FnOnce(&Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = query(connection);
    let ended = connection.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
    let result = result?;
    ended?;
    Ok(result)
}

/// One thread: a connection that failed is replaced before the next query, which fails if that does.
fn serve(path: PathBuf, first: Connection, waiting: &Mutex<mpsc::Receiver<Job>>) {
    let mut connection = Some(first);
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        let Some(good) = connection.take().or_else(|| reopen(&path)) else { continue };
        if job(&good) {
            connection = Some(good);
        }
    }
}

fn reopen(path: &Path) -> Option<Connection> {
    reading(path).inspect_err(|error| tracing::error!(error = %error, "journal cannot be reopened for reading")).ok()
}
