//! The journal on SQLite keeps every rule that a journal must keep.

use std::sync::Arc;

use jisr_journal::Journal;
use jisr_journal_sql::SqliteJournal;
use tempfile::TempDir;

async fn fresh() -> (Arc<dyn Journal>, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = SqliteJournal::open(&folder.path().join("data/journal.db")).expect("a new journal");
    (Arc::new(journal), folder)
}

jisr_journal::conformance!(fresh);
