//! Brings a database to the schema this release knows, one numbered step at a time, and refuses a later one.

use std::path::Path;

use jisr_core::id::TransactionId;
use jisr_journal::HeldLeg;
use jisr_proto::stored;
use rusqlite::types::Type;
use rusqlite::{Connection, TransactionBehavior};

use super::writer::follow;
use crate::OpenError;

/// The steps; step `n` leads to schema version `n + 1`. A released step is never edited.
const STEPS: [&str; 3] = [
    include_str!("migrations/001-initial.sql"),
    include_str!("migrations/002-failures.sql"),
    include_str!("migrations/003-hands.sql"),
];

pub(crate) fn run(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let refused = |source| OpenError::Database { path: path.to_owned(), source };
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found = version(connection).map_err(refused)?;
    if found > known {
        return Err(OpenError::TooNew { place: path.display().to_string(), found, known });
    }
    for (to, step) in (1_i64..).zip(STEPS).filter(|(to, _)| *to > found) {
        apply(connection, to, step).map_err(refused)?;
        tracing::info!(version = to, "journal schema migrated");
    }
    // Whoever had these in hand has gone: only one process has the file open.
    connection
        .execute("UPDATE outbox SET in_hand = 0, left_behind = 1 WHERE in_hand = 1", [])
        .map(|_| ())
        .map_err(refused)
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
    if to == LISTS_PARKED_LEGS {
        list_parked_legs(&transaction)?;
    }
    transaction.execute("INSERT INTO schema_version VALUES (?1)", [to])?;
    transaction.commit()
}

/// The step that brought the list of parked legs.
const LISTS_PARKED_LEGS: i64 = 2;

/// Lists what was parked before there was a list.
fn list_parked_legs(connection: &Connection) -> rusqlite::Result<()> {
    let mut unfinished = connection.prepare("SELECT number, id, body FROM transactions WHERE state <> 6")?;
    let mut rows = unfinished.query([])?;
    while let Some(row) = rows.next()? {
        let case = stored::decode_case(row.get_ref(2)?.as_blob()?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, Type::Blob, error.into()))?;
        let held = HeldLeg::all_of(&case);
        if !held.is_empty() {
            let id = TransactionId::from_bytes(row.get(1)?);
            follow(connection, row.get(0)?, id, case.update_time, &held)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jisr_core::case::{Case, Leg};
    use jisr_core::time::Timestamp;
    use jisr_journal::FailureQuery;

    use super::*;

    #[test]
    fn the_state_left_out_of_the_index_is_completed() {
        let completed = stored::state_number(jisr_core::state::TransactionState::Completed);
        assert!(STEPS[0].contains(&format!("WHERE state <> {completed};")));
    }

    #[test]
    fn what_was_parked_before_there_was_a_list_is_in_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, 1, STEPS[0]).unwrap();
        let leg = Leg::planned(
            "permit".parse().unwrap(),
            "municipality".parse().unwrap(),
            "issue-permit".parse().unwrap(),
            vec![],
        );
        let at = Timestamp::from_micros(1_770_000_000_000_000);
        let mut case = Case::new(vec![leg], at, None);
        for (number, held) in [(1_u8, false), (2, true)] {
            case.legs[0].progress.held = held;
            let state = stored::state_number(case.state);
            let row = rusqlite::params![number, [number; 16], number.to_string(), state, &*stored::encode_case(&case)];
            let sql =
                "INSERT INTO transactions VALUES (?1, ?2, ?3, 'ghubar', 'building-permit', NULL, 0, 1, ?4, NULL, ?5)";
            connection.execute(sql, row).unwrap();
        }
        run(&mut connection, Path::new("journal.db")).unwrap();
        let found = super::super::reader::operate::failures(
            &connection,
            &FailureQuery { limit: 10, ..FailureQuery::default() },
        );
        let found = found.ok().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].transaction, found[0].since), (TransactionId::from_bytes([2; 16]), at));
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
        assert!(matches!(error, OpenError::TooNew { found: 99, known: 3, .. }));
        assert_eq!(
            error.to_string(),
            "the journal /var/lib/jisr/journal.db has schema version 99, but this release knows only up to 3: start \
             the release that wrote it, or a later one"
        );
    }
}
