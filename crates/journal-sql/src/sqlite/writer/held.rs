//! The list of parked legs, kept in step with the cases in the same commit.

use jisr_core::fault::FaultClass;
use jisr_core::id::TransactionId;
use jisr_core::time::Timestamp;
use jisr_journal::HeldLeg;
use jisr_proto::stored;
use rusqlite::{Connection, params};

/// Brings the rows of one transaction to what its case says: what is not held any more goes; what was held already
/// keeps its time; the rest is parked from now on. Called only when there is, or was, a parked leg.
pub(crate) fn follow(
    connection: &Connection,
    number: i64,
    id: TransactionId,
    now: Timestamp,
    held: &[HeldLeg],
) -> rusqlite::Result<()> {
    let mut set = connection.prepare_cached("UPDATE transactions SET held = ?2 WHERE number = ?1")?;
    set.execute(params![number, i64::try_from(held.len()).unwrap_or(i64::MAX)])?;
    let mut rows = connection.prepare_cached("SELECT leg FROM failures WHERE number = ?1")?;
    let rows: Vec<u16> = rows.query_map([number], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for gone in rows.into_iter().filter(|leg| held.iter().all(|held| held.leg != *leg)) {
        let mut forget = connection.prepare_cached("DELETE FROM failures WHERE number = ?1 AND leg = ?2")?;
        forget.execute(params![number, gone])?;
    }
    for leg in held {
        let mut park = connection.prepare_cached(
            "INSERT INTO failures
                 (number, leg, transaction_id, leg_id, department, operation, adapter_version, reason, class, detail,
                  state, attempt, since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (number, leg) DO UPDATE SET
                 adapter_version = excluded.adapter_version, reason = excluded.reason, class = excluded.class,
                 detail = excluded.detail, state = excluded.state, attempt = excluded.attempt",
        )?;
        park.execute(params![
            number,
            leg.leg,
            &id.as_bytes()[..],
            leg.leg_id.as_str(),
            leg.department.as_str(),
            leg.operation.as_str(),
            &*leg.adapter_version,
            &*leg.reason,
            leg.class.map_or("", FaultClass::as_str),
            leg.detail.as_deref(),
            stored::leg_state_number(leg.state),
            leg.attempt,
            now.as_micros(),
        ])?;
    }
    Ok(())
}
