//! Connections to the database: opened when needed, given up when broken, never waited for without end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jisr_journal::{Read, Unavailable};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Connection, Row, Socket, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::options::PostgresOptions;
use crate::OpenError;
use crate::error::unavailable;

/// The values of a statement.
pub(super) type Values<'a> = [&'a (dyn ToSql + Sync)];

/// One connection, as long as it lives. Statements are prepared once; questions asked together go out together.
pub(super) struct Line {
    client: Client,
    prepared: Mutex<HashMap<String, Statement>>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The database refused it; the connection is good.
    #[error("{}", sentence(.0))]
    Refused(#[source] tokio_postgres::Error),
    /// The connection is not good any more. What was asked may have been done.
    #[error("{0}")]
    Broken(String),
}

/// What PostgreSQL says, without the position and hint that its own text shows.
fn sentence(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |said| format!("{}: {}", said.code().code(), said.message()))
}

impl Trouble {
    /// The code of a refusal.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.code().map(SqlState::code),
            Self::Broken(_) => None,
        }
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        // A server that is stopping says so, and closes; whatever it had begun is undone.
        match error.code() {
            Some(code) if !code.code().starts_with("57P") => Self::Refused(error),
            _ => Self::Broken(chain(&error)),
        }
    }
}

impl From<Trouble> for Unavailable {
    fn from(trouble: Trouble) -> Self {
        unavailable(trouble)
    }
}

/// How connections are made.
pub(super) struct Dialler {
    config: Config,
    tls: MakeRustlsConnect,
    schema: String,
    patience: Duration,
}

/// The driver's own side of a connection.
pub(super) type Wire = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl Dialler {
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, OpenError> {
        let (config, tls) = (options.config()?, options.tls()?);
        Ok(Self { config, tls, schema: options.schema.clone(), patience: options.patience })
    }

    /// The schema on every connection's path.
    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// How long one question may take.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// A connection with nobody driving it yet.
    pub(super) async fn dial(&self) -> Result<(Client, Wire), Trouble> {
        let connecting = self.config.connect(self.tls.clone());
        let connected = timeout(self.patience, connecting).await.map_err(|_| self.silent())?;
        Ok(connected?)
    }

    /// A connection set up for use.
    pub(super) async fn open(&self) -> Result<Line, Trouble> {
        let (client, wire) = self.dial().await?;
        tokio::spawn(async move {
            // Whoever asks next is told.
            if let Err(error) = wire.await {
                tracing::debug!(%error, "connection to the database ended");
            }
        });
        let line = Line { client, prepared: Mutex::default() };
        self.set_up(&line.client).await?;
        Ok(line)
    }

    /// Every session looks into our schema, ends what takes far too long, and never answers before the disk has it. Plans
    /// are kept for long and made when tables may be empty: each must walk an index all the same, since what is small
    /// now holds many dead rows under load.
    pub(super) async fn set_up(&self, client: &Client) -> Result<(), Trouble> {
        let schema = &self.schema;
        let settings = format!(
            "SET search_path TO {schema}; SET statement_timeout = '60s'; SET client_min_messages = warning;
             SET enable_seqscan = off; SET jit = off;
             SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        );
        timeout(self.patience, client.batch_execute(&settings)).await.map_err(|_| self.silent())??;
        Ok(())
    }

    fn silent(&self) -> Trouble {
        Trouble::Broken(format!("the database does not answer within {} s", self.patience.as_secs()))
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl Line {
    /// Whether it has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// All rows of a statement, without a limit of time.
    pub(super) async fn rows(&self, sql: &str, values: &Values<'_>) -> Result<Vec<Row>, Trouble> {
        let known = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        let statement = match known {
            Some(statement) => statement,
            None => {
                let statement = self.client.prepare(sql).await?;
                let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
                prepared.entry(sql.to_owned()).or_insert(statement).clone()
            }
        };
        Ok(self.client.query(&statement, values).await?)
    }
}

/// Connections for whoever asks, in turn.
pub(super) struct Lines {
    dialler: Arc<Dialler>,
    slots: Vec<tokio::sync::Mutex<Option<Arc<Line>>>>,
    next: AtomicUsize,
}

impl Lines {
    pub(super) fn new(dialler: Arc<Dialler>, connections: usize) -> Self {
        let slots = (0..connections.max(1)).map(|_| tokio::sync::Mutex::default()).collect();
        Self { dialler, slots, next: AtomicUsize::new(0) }
    }

    /// Asks, and asks once more on a new connection if this one has ended in the meantime: only what may be done twice.
    pub(super) async fn query(&self, sql: &str, values: &Values<'_>) -> Read<Vec<Row>> {
        let slot = &self.slots[self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len()];
        let asking = async {
            let mut again = true;
            loop {
                let line = self.line(slot).await?;
                match line.rows(sql, values).await {
                    Err(Trouble::Broken(why)) if again => {
                        tracing::debug!(why, "connection to the database broken, asking again");
                        again = false;
                        Self::give_up(slot, &line).await;
                    }
                    Err(trouble) => return Err(trouble),
                    Ok(rows) => return Ok(rows),
                }
            }
        };
        match timeout(self.dialler.patience, asking).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(trouble)) => {
                if matches!(trouble, Trouble::Refused(_)) {
                    tracing::error!(error = %trouble, sql, "journal query failed");
                }
                Err(trouble.into())
            }
            Err(_) => {
                // It may stand still for long, and whoever asks next must not wait behind it.
                if let Ok(mut slot) = slot.try_lock() {
                    *slot = None;
                }
                Err(self.dialler.silent().into())
            }
        }
    }

    async fn line(&self, slot: &tokio::sync::Mutex<Option<Arc<Line>>>) -> Result<Arc<Line>, Trouble> {
        let mut slot = slot.lock().await;
        if let Some(line) = slot.as_ref().filter(|line| !line.is_closed()) {
            return Ok(line.clone());
        }
        let line = Arc::new(self.dialler.open().await?);
        *slot = Some(line.clone());
        Ok(line)
    }

    async fn give_up(slot: &tokio::sync::Mutex<Option<Arc<Line>>>, line: &Arc<Line>) {
        let mut slot = slot.lock().await;
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, line)) {
            *slot = None;
        }
    }
}
