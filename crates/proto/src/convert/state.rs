//! States and kinds, name by name.

use jisr_core::case::RequestKind;
use jisr_core::state::{LegState, TransactionState};

use crate::{adapter, v1};

/// A transaction's state as the wire has it.
#[must_use]
pub const fn transaction_state(state: TransactionState) -> v1::TransactionState {
    match state {
        TransactionState::Submitted => v1::TransactionState::Submitted,
        TransactionState::Accepted => v1::TransactionState::Accepted,
        TransactionState::Processing => v1::TransactionState::Processing,
        TransactionState::InformationRequired => v1::TransactionState::InformationRequired,
        TransactionState::PaymentRequired => v1::TransactionState::PaymentRequired,
        TransactionState::Suspended => v1::TransactionState::Suspended,
        TransactionState::Cancelling => v1::TransactionState::Cancelling,
        TransactionState::Completed => v1::TransactionState::Completed,
        TransactionState::Rejected => v1::TransactionState::Rejected,
        TransactionState::Cancelled => v1::TransactionState::Cancelled,
        TransactionState::Expired => v1::TransactionState::Expired,
    }
}

/// A transaction's state by the short name people write in filters: `PROCESSING`.
#[must_use]
pub fn transaction_state_from_name(name: &str) -> Option<TransactionState> {
    TransactionState::ALL.into_iter().find(|state| short(transaction_state(*state).as_str_name()) == name)
}

/// A leg's state as the wire has it.
#[must_use]
pub const fn leg_state(state: LegState) -> v1::LegState {
    match state {
        LegState::Planned => v1::LegState::Planned,
        LegState::Dispatched => v1::LegState::Dispatched,
        LegState::Acknowledged => v1::LegState::Acknowledged,
        LegState::InProgress => v1::LegState::InProgress,
        LegState::InformationRequired => v1::LegState::InformationRequired,
        LegState::Succeeded => v1::LegState::Succeeded,
        LegState::Refused => v1::LegState::Refused,
        LegState::Failed => v1::LegState::Failed,
        LegState::InDoubt => v1::LegState::InDoubt,
        LegState::Skipped => v1::LegState::Skipped,
        LegState::Compensating => v1::LegState::Compensating,
        LegState::Compensated => v1::LegState::Compensated,
    }
}

/// What is asked of an adapter, as the wire has it.
#[must_use]
pub const fn request_kind(kind: RequestKind) -> adapter::v1::RequestKind {
    match kind {
        RequestKind::Execute => adapter::v1::RequestKind::Execute,
        RequestKind::Lookup => adapter::v1::RequestKind::Lookup,
        RequestKind::Compensate => adapter::v1::RequestKind::Compensate,
    }
}

/// `TRANSACTION_STATE_PROCESSING` is `PROCESSING` to people.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("TRANSACTION_STATE_").or_else(|| name.strip_prefix("LEG_STATE_")).unwrap_or(name)
}
