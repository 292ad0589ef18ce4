//! The journals on SQLite and PostgreSQL keep every rule that a journal must keep.

use std::sync::Arc;

use jisr_journal::Journal;
use jisr_journal_sql::{PostgresJournal, PostgresOptions, SqliteJournal};
use jisr_testkit::postgres::Postgres;
use tempfile::TempDir;

mod sqlite {
    use super::*;

    async fn fresh() -> (Arc<dyn Journal>, TempDir) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let journal = SqliteJournal::open(&folder.path().join("data/journal.db")).expect("a new journal");
        (Arc::new(journal), folder)
    }

    jisr_journal::conformance!(fresh);
}

mod postgres {
    use super::*;

    async fn fresh() -> (Arc<dyn Journal>, ()) {
        let server = Postgres::shared();
        let mut options = PostgresOptions::new(server.address(), "jisr");
        options.password = Some(server.password.as_str().into());
        options.schema = server.schema();
        (Arc::new(PostgresJournal::open(&options).await.expect("a new journal")), ())
    }

    jisr_journal::conformance!(fresh);
}
