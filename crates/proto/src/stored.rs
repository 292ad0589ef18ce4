//! The stored form of a transaction's mutable half and of its events (`jisr.journal.v1`), to and from the core.
//!
//! Reading is strict: what the journal gives back was written by us, so a value that does not fit is an error and
//! never a guess.

mod code;
mod job;
mod read;
mod write;

use bytes::Bytes;
use jisr_core::case::{Case, EventRecord};
use jisr_core::job::Job;
use jisr_core::state::{LegState, TransactionState};
use prost::Message;

use crate::journal::v1 as stored;

/// Stored bytes that are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored {message} is unreadable: {field}: {reason}")]
pub struct StoredError {
    /// Which message of `jisr.journal.v1`.
    pub message: &'static str,
    /// Path of the field, for instance `legs[0].state`; the message's name where no field is to blame.
    pub field: String,
    /// What is wrong with it. Never holds the value of a personal field.
    pub reason: String,
}

/// A case as bytes of `jisr.journal.v1.Case`. Waits finer than a microsecond are cut.
#[must_use]
pub fn encode_case(case: &Case) -> Bytes {
    write::case(case).encode_to_vec().into()
}

/// The case of [`encode_case`].
///
/// # Errors
/// [`StoredError`] names the field that cannot be read.
pub fn decode_case(bytes: &[u8]) -> Result<Case, StoredError> {
    read::case(decode("Case", bytes)?).map_err(|error| error.into_stored("Case"))
}

/// Events as bytes of `jisr.journal.v1.EventRecords`.
#[must_use]
pub fn encode_events(events: &[EventRecord]) -> Bytes {
    let events = events.iter().map(write::event).collect();
    stored::EventRecords { events }.encode_to_vec().into()
}

/// The events of [`encode_events`].
///
/// # Errors
/// [`StoredError`] names the field that cannot be read.
pub fn decode_events(bytes: &[u8]) -> Result<Vec<EventRecord>, StoredError> {
    let records: stored::EventRecords = decode("EventRecords", bytes)?;
    read::list("events", records.events, read::event).map_err(|error| error.into_stored("EventRecords"))
}

/// The number a transaction's state is stored by, also in columns: that of `jisr.v1.TransactionState`.
#[must_use]
pub fn state_number(state: TransactionState) -> i32 {
    crate::convert::transaction_state(state).into()
}

/// The state of [`state_number`]; nothing for a number that is none.
#[must_use]
pub fn state_of_number(number: i32) -> Option<TransactionState> {
    code::transaction_state(number)
}

/// A job as bytes of `jisr.journal.v1.Job`.
#[must_use]
pub fn encode_job(job: &Job) -> Bytes {
    job::write(job).encode_to_vec().into()
}

/// The job of [`encode_job`].
///
/// # Errors
/// [`StoredError`] names the field that cannot be read.
pub fn decode_job(bytes: &[u8]) -> Result<Job, StoredError> {
    job::read(decode("Job", bytes)?).map_err(|error| error.into_stored("Job"))
}

/// The number a leg's state is stored by in columns: that of `jisr.v1.LegState`.
#[must_use]
pub fn leg_state_number(state: LegState) -> i32 {
    crate::convert::leg_state(state).into()
}

/// The state of [`leg_state_number`]; nothing for a number that is none.
#[must_use]
pub fn leg_state_of_number(number: i32) -> Option<LegState> {
    code::leg_state(number)
}

fn decode<T: Message + Default>(message: &'static str, bytes: &[u8]) -> Result<T, StoredError> {
    T::decode(bytes).map_err(|error| StoredError { message, field: message.to_owned(), reason: error.to_string() })
}

#[cfg(test)]
mod tests;
