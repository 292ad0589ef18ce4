//! From rows to what is stored.

use bytes::Bytes;
use jisr_core::id::{Caller, MessageId, TransactionId};
use jisr_core::name::{DepartmentId, ServiceId};
use jisr_core::time::Timestamp;
use jisr_journal::{
    FeedEntry, OutboxMessage, OutboxPosition, OutboxRow, Position, Read, StoredCase, StoredTransaction, Version,
};
use jisr_proto::stored;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use crate::error::unavailable;

/// The columns of [`stored_case`], of `transactions t` and `cases k`.
pub(super) const CASE: &str = "t.id, k.version, t.reference_no, t.caller, t.service, k.body";

/// One column; a row of another shape than asked for is the database's failure, not the process's end.
pub(super) fn get<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Read<T> {
    row.try_get(column).map_err(unavailable)
}

pub(super) fn stored_case(row: &Row) -> Read<StoredCase> {
    Ok(StoredCase {
        id: transaction(row, 0)?,
        version: Version(get(row, 1)?),
        reference_no: get::<&str>(row, 2)?.into(),
        caller: Caller::new(get::<&str>(row, 3)?),
        service: ServiceId::new(get::<&str>(row, 4)?).map_err(unavailable)?,
        case: stored::decode_case(get(row, 5)?).map_err(unavailable)?.into(),
    })
}

/// [`CASE`], then `content`.
pub(super) fn stored_transaction(row: &Row) -> Read<StoredTransaction> {
    Ok(StoredTransaction { stored: stored_case(row)?, content: bytes(row, 6)? })
}

/// `position`, the transaction's `id`, `events`.
pub(super) fn feed_entry(row: &Row) -> Read<FeedEntry> {
    Ok(FeedEntry {
        position: Position(get(row, 0)?),
        transaction: transaction(row, 1)?,
        events: stored::decode_events(get(row, 2)?).map_err(unavailable)?,
    })
}

/// `position, message_id, transaction_id, leg, attempt, time, traceparent, left_behind, body`.
pub(super) fn outbox_row(row: &Row, department: &DepartmentId) -> Read<OutboxRow> {
    let message = OutboxMessage {
        id: MessageId::from_bytes(get::<Uuid>(row, 1)?.into_bytes()),
        department: department.clone(),
        transaction: transaction(row, 2)?,
        leg: small(row, 3)?,
        attempt: small(row, 4)?,
        time: Timestamp::from_micros(get(row, 5)?),
        traceparent: get::<Option<&str>>(row, 6)?.map(Into::into),
        in_hand: false,
        body: bytes(row, 8)?,
    };
    Ok(OutboxRow { position: OutboxPosition(get(row, 0)?), message, left_behind: get(row, 7)? })
}

pub(super) fn transaction(row: &Row, column: usize) -> Read<TransactionId> {
    Ok(TransactionId::from_bytes(get::<Uuid>(row, column)?.into_bytes()))
}

pub(super) fn department(row: &Row, column: usize) -> Read<DepartmentId> {
    DepartmentId::new(get::<&str>(row, column)?).map_err(unavailable)
}

pub(super) fn bytes(row: &Row, column: usize) -> Read<Bytes> {
    Ok(Bytes::copy_from_slice(get(row, column)?))
}

/// A number that was never negative when it was written.
pub(super) fn small<T: TryFrom<i32>>(row: &Row, column: usize) -> Read<T>
where
    T::Error: std::fmt::Display,
{
    get::<i32>(row, column)?.try_into().map_err(unavailable)
}
