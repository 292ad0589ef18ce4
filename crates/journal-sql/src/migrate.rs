//! Brings a database to the schema this release knows, one numbered step at a time, and refuses a later one.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::OpenError;

/// The steps; step `n` leads to schema version `n + 1`. A released step is never edited.
const STEPS: [&str; 1] = [include_str!("migrations/001-initial.sql")];

pub(crate) fn run(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let refused = |source| OpenError::Database { path: path.to_owned(), source };
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found = version(connection).map_err(refused)?;
    if found > known {
        return Err(OpenError::TooNew { path: path.to_owned(), found, known });
    }
    for (to, step) in (1_i64..).zip(STEPS).filter(|(to, _)| *to > found) {
        apply(connection, to, step).map_err(refused)?;
        tracing::info!(version = to, "journal schema migrated");
    }
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    let table = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'";
    let exists: bool = connection.query_row(table, [], |row| row.get(0))?;
    if !exists {
        return Ok(0);
    }
    connection.query_row("SELECT coalesce(max(version), 0) FROM schema_version", [], |row| row.get(0))
}

fn apply(connection: &mut Connection, to: i64, step: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT")?;
    transaction.execute_batch(step)?;
    transaction.execute("INSERT INTO schema_version VALUES (?1)", [to])?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_left_out_of_the_index_is_completed() {
        let completed = jisr_proto::stored::state_number(jisr_core::state::TransactionState::Completed);
        assert!(STEPS[0].contains(&format!("WHERE state <> {completed};")));
    }

    #[test]
    fn runs_each_step_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        let path = Path::new("journal.db");
        run(&mut connection, path).unwrap();
        run(&mut connection, path).unwrap();
        let steps: i64 = connection.query_row("SELECT count(*) FROM schema_version", [], |row| row.get(0)).unwrap();
        assert_eq!(usize::try_from(steps), Ok(STEPS.len()));
    }

    #[test]
    fn refuses_a_later_schema_and_says_what_to_do() {
        let mut connection = Connection::open_in_memory().unwrap();
        let path = Path::new("/var/lib/jisr/journal.db");
        run(&mut connection, path).unwrap();
        connection.execute("INSERT INTO schema_version VALUES (99)", []).unwrap();
        let error = run(&mut connection, path).unwrap_err();
        assert!(matches!(error, OpenError::TooNew { found: 99, known: 1, .. }));
        assert_eq!(
            error.to_string(),
            "the journal /var/lib/jisr/journal.db has schema version 99, but this release knows only up to 1: start \
             the release that wrote it, or a later one"
        );
    }
}
