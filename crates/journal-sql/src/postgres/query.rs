//! Every query but the list. Each is one statement, so all it reads is of one moment.

use std::time::Duration;

use jisr_core::id::TransactionId;
use jisr_core::name::DepartmentId;
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;
use jisr_journal::{
    AdapterRecord, FeedEntry, OutboxPosition, OutboxRow, Overview, Position, Prune, Read, RequestKey, StoredCase,
    StoredTransaction,
};
use jisr_proto::stored;
use uuid::Uuid;

use super::batch::uuid;
use super::line::Lines;
use super::row::{self, CASE, get};
use crate::error::unavailable;

/// A wake-up that was given to one process is given to another after so long.
const WAKE_LEASE: Duration = Duration::from_secs(5);

pub(super) async fn cases(lines: &Lines, ids: &[TransactionId]) -> Read<Vec<StoredCase>> {
    let sql = format!("SELECT {CASE} FROM cases k JOIN transactions t USING (id) WHERE k.id = ANY ($1)");
    lines.query(&sql, &[&uuids(ids)]).await?.iter().map(row::stored_case).collect()
}

pub(super) async fn transactions(lines: &Lines, ids: &[TransactionId]) -> Read<Vec<StoredTransaction>> {
    let sql = format!("SELECT {CASE}, t.content FROM cases k JOIN transactions t USING (id) WHERE k.id = ANY ($1)");
    lines.query(&sql, &[&uuids(ids)]).await?.iter().map(row::stored_transaction).collect()
}

fn uuids(ids: &[TransactionId]) -> Vec<Uuid> {
    ids.iter().map(|id| uuid(id.as_bytes())).collect()
}

/// Events up to `after` are cut off the first entry, which may hold both.
pub(super) async fn history(lines: &Lines, id: TransactionId, after: u32, limit: u32) -> Read<Vec<FeedEntry>> {
    let sql = "SELECT position, id, events FROM feed WHERE id = $1 AND last_sequence > $2 ORDER BY position LIMIT $3";
    let after_sequence = i32::try_from(after).unwrap_or(i32::MAX);
    let rows = lines.query(sql, &[&uuid(id.as_bytes()), &after_sequence, &i64::from(limit)]).await?;
    let mut entries: Vec<_> = rows.iter().map(row::feed_entry).collect::<Read<_>>()?;
    if let Some(first) = entries.first_mut() {
        first.events.retain(|event| event.sequence > after);
    }
    Ok(entries)
}

pub(super) async fn feed(lines: &Lines, after: Position, limit: u32) -> Read<Vec<FeedEntry>> {
    let sql = "SELECT position, id, events FROM feed WHERE position > $1 ORDER BY position LIMIT $2";
    lines.query(sql, &[&after.0, &i64::from(limit)]).await?.iter().map(row::feed_entry).collect()
}

pub(super) async fn request(lines: &Lines, key: &RequestKey) -> Read<Option<(TransactionId, bool)>> {
    let sql = "SELECT transaction_id, fingerprint FROM requests WHERE id = $1 AND caller = $2 AND method = $3";
    let rows = lines.query(sql, &[&uuid(key.id.as_bytes()), &key.caller.as_str(), &key.method]).await?;
    let found = rows.first().map(|row| Ok((row::transaction(row, 0)?, get::<&[u8]>(row, 1)? == key.fingerprint)));
    found.transpose()
}

pub(super) async fn overview(lines: &Lines) -> Read<Overview> {
    let live: Vec<TransactionState> = TransactionState::ALL.into_iter().filter(|state| !state.is_terminal()).collect();
    let numbers: Vec<i32> = live.iter().map(|state| stored::state_number(*state)).collect();
    // `state <> 6` shows that the index serves: what has ended is never read.
    let sql = "SELECT state, count(*), NULL::text, NULL::bigint FROM cases
               WHERE state = ANY ($1) AND state <> 6 GROUP BY state
               UNION ALL
               SELECT NULL, count(*), department, (array_agg(time ORDER BY position))[1] FROM outbox GROUP BY department
               UNION ALL
               SELECT NULL, feed, NULL, NULL FROM heads";
    let mut overview = Overview::default();
    for found in &lines.query(sql, &[&numbers]).await? {
        let (state, count, department): (Option<i32>, i64, Option<&str>) =
            (get(found, 0)?, get(found, 1)?, get(found, 2)?);
        if let Some(number) = state {
            let state = live.iter().find(|state| stored::state_number(**state) == number);
            overview.live.extend(state.map(|state| (*state, count.unsigned_abs())));
        } else if department.is_some() {
            let oldest = Timestamp::from_micros(get(found, 3)?);
            overview.outbox.push((row::department(found, 2)?, count.unsigned_abs(), oldest));
        } else {
            overview.head = Position(count);
        }
    }
    Ok(overview)
}

/// From one department to the next along the index, however many messages each has.
pub(super) async fn waiting_departments(lines: &Lines) -> Read<Vec<DepartmentId>> {
    let sql = "WITH RECURSIVE waiting (department) AS (
                   (SELECT department FROM outbox WHERE owner IS NULL ORDER BY department LIMIT 1)
                   UNION ALL
                   SELECT (SELECT o.department FROM outbox o
                           WHERE o.owner IS NULL AND o.department > w.department ORDER BY o.department LIMIT 1)
                   FROM waiting w WHERE w.department IS NOT NULL
               )
               SELECT department FROM waiting WHERE department IS NOT NULL";
    lines.query(sql, &[]).await?.iter().map(|found| row::department(found, 0)).collect()
}

pub(super) async fn waiting(
    lines: &Lines,
    department: &DepartmentId,
    after: OutboxPosition,
    limit: u32,
) -> Read<Vec<OutboxRow>> {
    let sql =
        "SELECT position, message_id, transaction_id, leg, attempt, time, traceparent, left_behind, body FROM outbox
               WHERE department = $1 AND owner IS NULL AND position > $2 ORDER BY position LIMIT $3";
    let rows = lines.query(sql, &[&department.as_str(), &after.0, &i64::from(limit)]).await?;
    rows.iter().map(|found| row::outbox_row(found, department)).collect()
}

pub(super) async fn recover(lines: &Lines, silent: Duration, frozen: Duration) -> Read<Option<u64>> {
    let sql = "SELECT processes, messages
               FROM recover_left_behind(make_interval(secs => $1::bigint), make_interval(secs => $2::bigint))";
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let rows = lines.query(sql, &[&seconds(silent), &seconds(frozen)]).await?;
    let found = rows.first().ok_or_else(|| unavailable("nothing was answered"))?;
    let (processes, messages): (i64, i64) = (get(found, 0)?, get(found, 1)?);
    Ok((processes > 0).then_some(messages.unsigned_abs()))
}

/// Given to one process: for the others the wake-up is put off by the lease. Whoever deals with it sets the next one.
pub(super) async fn due(lines: &Lines, now: Timestamp, limit: u32) -> Read<Vec<TransactionId>> {
    let sql = "WITH due AS (
                   SELECT id, wake FROM cases WHERE wake <= $1 ORDER BY wake LIMIT $2 FOR UPDATE SKIP LOCKED
               ), given AS (
                   UPDATE cases k SET wake = $3 FROM due WHERE k.id = due.id
               )
               SELECT id FROM due ORDER BY wake";
    let later = now.plus(WAKE_LEASE).as_micros();
    let rows = lines.query(sql, &[&now.as_micros(), &i64::from(limit), &later]).await?;
    rows.iter().map(|found| row::transaction(found, 0)).collect()
}

pub(super) async fn next_wake(lines: &Lines) -> Read<Option<Timestamp>> {
    let rows = lines.query("SELECT min(wake) FROM cases WHERE wake IS NOT NULL", &[]).await?;
    let wake: Option<i64> = rows.first().map(|found| get(found, 0)).transpose()?.flatten();
    Ok(wake.map(Timestamp::from_micros))
}

pub(super) async fn put_adapter(lines: &Lines, record: &AdapterRecord) -> Read<()> {
    // What another process heard later stays.
    let sql = "INSERT INTO adapters (department, announcement, time) VALUES ($1, $2, $3)
               ON CONFLICT (department) DO UPDATE SET announcement = excluded.announcement, time = excluded.time
               WHERE adapters.time <= excluded.time";
    let time = record.time.as_micros();
    lines.query(sql, &[&record.department.as_str(), &&*record.announcement, &time]).await.map(drop)
}

pub(super) async fn adapters(lines: &Lines) -> Read<Vec<AdapterRecord>> {
    let rows = lines.query("SELECT department, announcement, time FROM adapters ORDER BY department", &[]).await?;
    let record = |found| {
        let (announcement, time) = (row::bytes(found, 1)?, Timestamp::from_micros(get(found, 2)?));
        Ok(AdapterRecord { department: row::department(found, 0)?, announcement, time })
    };
    rows.iter().map(record).collect()
}

pub(super) async fn prune(lines: &Lines, prune: Prune) -> Read<u64> {
    let sql = "WITH gone AS (
                   DELETE FROM requests WHERE ctid = ANY (ARRAY(
                       SELECT ctid FROM requests WHERE time < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
                   )) RETURNING 1
               )
               SELECT count(*) FROM gone";
    let rows = lines.query(sql, &[&prune.requests_before.as_micros(), &i64::from(prune.limit)]).await?;
    let gone: i64 = rows.first().map(|found| get(found, 0)).transpose()?.unwrap_or_default();
    Ok(gone.unsigned_abs())
}
