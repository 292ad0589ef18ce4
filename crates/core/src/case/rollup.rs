//! From the states of the legs to the state of the transaction.

use super::{Case, Ending};
use crate::state::{LegState, TransactionState};

/// The state a live transaction belongs in, from its legs alone: a function of where they stand and not of the order
/// in which they got there. Terminal and suspended transactions stay where they are.
#[must_use]
pub fn rollup(case: &Case) -> TransactionState {
    if case.state.is_terminal() || case.state == TransactionState::Suspended {
        return case.state;
    }
    let all = |wanted: fn(LegState) -> bool| case.legs.iter().all(|leg| wanted(leg.state()));
    if let Some(ending) = case.winding_down() {
        return if all(LegState::is_terminal) {
            ending.state()
        } else if ending == Ending::Cancelled {
            TransactionState::Cancelling
        } else {
            TransactionState::Processing
        };
    }
    if all(|state| matches!(state, LegState::Succeeded | LegState::Skipped)) {
        TransactionState::Completed
    } else if case.payment_due {
        TransactionState::PaymentRequired
    } else if case.legs.iter().any(|leg| leg.state() == LegState::InformationRequired) {
        TransactionState::InformationRequired
    } else {
        TransactionState::Processing
    }
}
