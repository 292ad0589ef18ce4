//! From rows to what is stored.

use bytes::Bytes;
use jisr_core::id::{Caller, MessageId, TransactionId};
use jisr_core::name::{DepartmentId, ServiceId};
use jisr_core::time::Timestamp;
use jisr_journal::{
    FeedEntry, OutboxMessage, OutboxPosition, OutboxRow, Position, StoredCase, StoredTransaction, Version,
};
use jisr_proto::stored;
use rusqlite::Row;

use crate::error::Failure;

/// The columns of [`stored_case`], of `transactions t`.
pub(super) const CASE: &str = "t.id, t.version, t.reference_no, t.caller, t.service, t.body";

pub(super) fn stored_case(row: &Row<'_>) -> Result<StoredCase, Failure> {
    Ok(StoredCase {
        id: TransactionId::from_bytes(row.get(0)?),
        version: Version(row.get(1)?),
        reference_no: row.get_ref(2)?.as_str()?.into(),
        caller: Caller::new(row.get_ref(3)?.as_str()?),
        service: ServiceId::new(row.get_ref(4)?.as_str()?)?,
        case: stored::decode_case(row.get_ref(5)?.as_blob()?)?.into(),
    })
}

/// [`CASE`], then `content`.
pub(super) fn stored_transaction(row: &Row<'_>) -> Result<StoredTransaction, Failure> {
    Ok(StoredTransaction { stored: stored_case(row)?, content: bytes(row, 6)? })
}

/// `position`, the transaction's `id`, `events`.
pub(super) fn feed_entry(row: &Row<'_>) -> Result<FeedEntry, Failure> {
    Ok(FeedEntry {
        position: Position(row.get(0)?),
        transaction: TransactionId::from_bytes(row.get(1)?),
        events: stored::decode_events(row.get_ref(2)?.as_blob()?)?,
    })
}

/// `position, message_id, transaction_id, leg, attempt, time, traceparent, left_behind, body`.
pub(super) fn outbox_row(row: &Row<'_>, department: DepartmentId) -> Result<OutboxRow, Failure> {
    let message = OutboxMessage {
        id: MessageId::from_bytes(row.get(1)?),
        department,
        transaction: TransactionId::from_bytes(row.get(2)?),
        leg: row.get(3)?,
        attempt: row.get(4)?,
        time: Timestamp::from_micros(row.get(5)?),
        traceparent: row.get_ref(6)?.as_str_or_null()?.map(Into::into),
        in_hand: false,
        body: bytes(row, 8)?,
    };
    Ok(OutboxRow { position: OutboxPosition(row.get(0)?), message, left_behind: row.get(7)? })
}

pub(super) fn bytes(row: &Row<'_>, column: usize) -> Result<Bytes, Failure> {
    Ok(Bytes::copy_from_slice(row.get_ref(column)?.as_blob()?))
}
