//! Reading: transactions, lists and histories as the API shows them.

pub(crate) mod watch;

use jisr_core::id::TransactionId;
use jisr_core::problem::{Problem, Reason};
use jisr_journal::{ListQuery, Overview, StoredTransaction, Unavailable, WriteError};
use jisr_proto::convert::{self, TransactionView};
use jisr_proto::v1;
use prost::Message as _;

use crate::engine::Engine;

/// Commits' worth of history read at a time.
const PAGE: u32 = 100;

impl Engine {
    /// One transaction as it stands.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND`, `JOURNAL_DOWN`.
    pub async fn get(&self, id: TransactionId) -> Result<v1::Transaction, Problem> {
        let found = self.0.journal.transactions(&[id]).await.map_err(down)?;
        found.into_iter().next().map_or_else(|| Err(not_found(id)), view)
    }

    /// A page of transactions, newest first.
    ///
    /// # Errors
    /// `JOURNAL_DOWN`.
    pub async fn list(&self, query: &ListQuery) -> Result<Vec<v1::Transaction>, Problem> {
        self.0.journal.list(query).await.map_err(down)?.into_iter().map(view).collect()
    }

    /// The events of a transaction with sequences after `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND`, `JOURNAL_DOWN`.
    pub async fn history(&self, id: TransactionId, after: u32, limit: u32) -> Result<Vec<v1::Event>, Problem> {
        let mut events: Vec<v1::Event> = Vec::new();
        let mut last = after;
        while events.len() < limit as usize {
            let entries = self.0.journal.history(id, last, PAGE.min(limit)).await.map_err(down)?;
            let fresh: Vec<_> =
                entries.iter().flat_map(|entry| &entry.events).filter(|event| event.sequence > last).collect();
            let Some(newest) = fresh.last() else { break };
            last = newest.sequence;
            events.extend(fresh.into_iter().map(|record| convert::event(record, id)));
        }
        if events.is_empty() && after == 0 {
            return Err(not_found(id));
        }
        events.truncate(limit as usize);
        Ok(events)
    }

    /// Counts for operators.
    ///
    /// # Errors
    /// `JOURNAL_DOWN`.
    pub async fn overview(&self) -> Result<Overview, Problem> {
        self.0.journal.overview().await.map_err(down)
    }
}

/// The transaction as the API shows it.
pub(crate) fn view(found: StoredTransaction) -> Result<v1::Transaction, Problem> {
    let StoredTransaction { stored, content } = found;
    let content = v1::Transaction::decode(content).map_err(|error| Problem::new(Reason::Internal).caused_by(error))?;
    let view = TransactionView {
        id: stored.id,
        version: stored.version.0,
        reference_no: &stored.reference_no,
        case: &stored.case,
    };
    Ok(view.over(content))
}

pub(crate) fn not_found(id: TransactionId) -> Problem {
    Problem::new(Reason::TransactionNotFound).resource("jisr/Transaction", id.resource_name())
}

pub(crate) fn down(error: Unavailable) -> Problem {
    Problem::new(Reason::JournalDown).caused_by(error)
}

/// A write's failure as the caller sees it.
pub(crate) fn not_written(error: WriteError) -> Problem {
    match error {
        WriteError::RequestReused => Problem::new(Reason::RequestIdReused),
        WriteError::VersionConflict => Problem::new(Reason::EtagMismatch),
        WriteError::Unavailable(error) => down(error),
        WriteError::ReferenceTaken => Problem::new(Reason::Internal).caused_by(error),
    }
}
