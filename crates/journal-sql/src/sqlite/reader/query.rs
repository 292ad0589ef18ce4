//! Every query but the list. Each runs within one read transaction.

use jisr_core::id::TransactionId;
use jisr_core::name::DepartmentId;
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;
use jisr_journal::{
    AdapterRecord, FeedEntry, OutboxPosition, OutboxRow, Overview, Position, RequestKey, StoredCase, StoredTransaction,
};
use jisr_proto::stored;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::row::{self, CASE};
use crate::error::Failure;

type Queried<T> = Result<T, Failure>;

pub(crate) fn cases(connection: &Connection, ids: &[TransactionId]) -> Queried<Vec<StoredCase>> {
    each(connection, &format!("SELECT {CASE} FROM transactions t WHERE t.id = ?1"), ids, row::stored_case)
}

pub(crate) fn transactions(connection: &Connection, ids: &[TransactionId]) -> Queried<Vec<StoredTransaction>> {
    let sql = format!("SELECT {CASE}, c.content FROM transactions t JOIN contents c USING (number) WHERE t.id = ?1");
    each(connection, &sql, ids, row::stored_transaction)
}

/// Events up to `after` are cut off the first entry, which may hold both.
pub(crate) fn history(connection: &Connection, id: TransactionId, after: u32, limit: u32) -> Queried<Vec<FeedEntry>> {
    let sql = "SELECT position, ?1, events FROM feed
               WHERE number = (SELECT number FROM transactions WHERE id = ?1) AND last_sequence > ?2
               ORDER BY position LIMIT ?3";
    let mut entries = all(connection, sql, params![&id.as_bytes()[..], after, limit], row::feed_entry)?;
    if let Some(first) = entries.first_mut() {
        first.events.retain(|event| event.sequence > after);
    }
    Ok(entries)
}

pub(crate) fn feed(connection: &Connection, after: Position, limit: u32) -> Queried<Vec<FeedEntry>> {
    let sql = "SELECT f.position, t.id, f.events FROM feed f CROSS JOIN transactions t USING (number)
               WHERE f.position > ?1 ORDER BY f.position LIMIT ?2";
    all(connection, sql, params![after.0, limit], row::feed_entry)
}

pub(crate) fn request(connection: &Connection, key: &RequestKey) -> Queried<Option<(TransactionId, bool)>> {
    let sql = "SELECT transaction_id, fingerprint FROM requests WHERE id = ?1 AND caller = ?2 AND method = ?3";
    let mut find = connection.prepare_cached(sql)?;
    let found = find.query_row(params![&key.id.as_bytes()[..], key.caller.as_str(), key.method], |row| {
        Ok((TransactionId::from_bytes(row.get(0)?), row.get::<_, [u8; 32]>(1)? == key.fingerprint))
    });
    Ok(found.optional()?)
}

pub(crate) fn overview(connection: &Connection) -> Queried<Overview> {
    let mut live = Vec::new();
    // `state <> 6` lets SQLite see that the index serves; without it, it would read every transaction there ever was.
    let sql = "SELECT count(*) FROM transactions INDEXED BY transactions_by_state WHERE state = ?1 AND state <> 6";
    for state in TransactionState::ALL.into_iter().filter(|state| !state.is_terminal()) {
        let mut count = connection.prepare_cached(sql)?;
        let count: i64 = count.query_row([stored::state_number(state)], |row| row.get(0))?;
        if count > 0 {
            live.push((state, count.unsigned_abs()));
        }
    }
    let sql = "SELECT o.department, o.messages, (SELECT time FROM outbox WHERE position = o.oldest)
               FROM (SELECT department, count(*) AS messages, min(position) AS oldest FROM outbox GROUP BY department) o";
    let outbox = all(connection, sql, [], |row| {
        let messages: i64 = row.get(1)?;
        Ok((department(row, 0)?, messages.unsigned_abs(), Timestamp::from_micros(row.get(2)?)))
    })?;
    let head = connection.prepare_cached("SELECT feed FROM heads")?.query_row([], |row| row.get(0))?;
    Ok(Overview { live, outbox, head: Position(head) })
}

/// From one department to the next along the index, however many messages each has.
pub(crate) fn waiting_departments(connection: &Connection) -> Queried<Vec<DepartmentId>> {
    let sql = "WITH RECURSIVE waiting (department) AS (
                   SELECT min(department) FROM outbox WHERE in_hand = 0
                   UNION ALL
                   SELECT (SELECT min(department) FROM outbox WHERE in_hand = 0 AND department > w.department)
                   FROM waiting w WHERE w.department IS NOT NULL
               )
               SELECT department FROM waiting WHERE department IS NOT NULL";
    all(connection, sql, [], |row| department(row, 0))
}

pub(crate) fn waiting(
    connection: &Connection,
    department: &DepartmentId,
    after: OutboxPosition,
    limit: u32,
) -> Queried<Vec<OutboxRow>> {
    let sql = "SELECT position, message_id, transaction_id, leg, attempt, time, traceparent, left_behind, body
               FROM outbox INDEXED BY outbox_waiting
               WHERE department = ?1 AND in_hand = 0 AND position > ?2 ORDER BY position LIMIT ?3";
    let row = |row: &Row<'_>| row::outbox_row(row, department.clone());
    all(connection, sql, params![department.as_str(), after.0, limit], row)
}

pub(crate) fn due(connection: &Connection, now: Timestamp, limit: u32) -> Queried<Vec<TransactionId>> {
    let sql = "SELECT id FROM transactions WHERE wake <= ?1 ORDER BY wake LIMIT ?2";
    all(connection, sql, params![now.as_micros(), limit], |row| Ok(TransactionId::from_bytes(row.get(0)?)))
}

pub(crate) fn next_wake(connection: &Connection) -> Queried<Option<Timestamp>> {
    let sql = "SELECT min(wake) FROM transactions WHERE wake IS NOT NULL";
    let wake: Option<i64> = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(wake.map(Timestamp::from_micros))
}

pub(crate) fn adapters(connection: &Connection) -> Queried<Vec<AdapterRecord>> {
    all(connection, "SELECT department, announcement, time FROM adapters ORDER BY department", [], |row| {
        let (announcement, time) = (row::bytes(row, 1)?, Timestamp::from_micros(row.get(2)?));
        Ok(AdapterRecord { department: department(row, 0)?, announcement, time })
    })
}

fn department(row: &Row<'_>, column: usize) -> Queried<DepartmentId> {
    Ok(DepartmentId::new(row.get_ref(column)?.as_str()?)?)
}

/// All rows of a query.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Queried<T>,
) -> Queried<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The row of each id that has one.
fn each<T>(
    connection: &Connection,
    sql: &str,
    ids: &[TransactionId],
    read: fn(&Row<'_>) -> Queried<T>,
) -> Queried<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = statement.query([&id.as_bytes()[..]])?.next()? {
            found.push(read(row)?);
        }
    }
    Ok(found)
}
