//! The mutable half of a transaction, and the two state machines over it as pure functions.
//!
//! `decide(case, policies, command, actor, now)` says which [`Event`]s follow; [`Case::evolve`] applies one. Nothing
//! here reads a clock, draws a random number or touches the world: what time it is and what a department promises are
//! arguments, so every run can be run again.

mod decide;
mod draft;
mod event;
mod leg;
mod reply;
mod rollup;

use std::sync::Arc;

pub use decide::{Command, Decision, Refusal, advance, decide};
pub use event::{Actor, ActorKind, Change, Event, EventRecord, Moved};
pub use leg::{Leg, LegProgress, LegTimes, LegacyRef, RequestKind};
pub use reply::{Answer, Reply, Verdict};
pub use rollup::rollup;

use crate::state::TransactionState;
use crate::time::Timestamp;

/// Why a transaction is being wound down before its plan is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Someone cancelled it.
    Cancelled,
    /// A department refused.
    Rejected,
    /// The customer did not answer in time.
    Expired,
}

impl Ending {
    /// The state it ends in.
    #[must_use]
    pub const fn state(self) -> TransactionState {
        match self {
            Self::Cancelled => TransactionState::Cancelled,
            Self::Rejected => TransactionState::Rejected,
            Self::Expired => TransactionState::Expired,
        }
    }
}

/// The mutable half of a transaction: everything that is not what the front end submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Where the transaction stands.
    pub state: TransactionState,
    /// Where it returns to when a suspension ends.
    pub before_hold: Option<TransactionState>,
    /// Set once the transaction is being wound down by a cancellation or by time.
    pub ending: Option<Ending>,
    /// A fee is due and not settled.
    pub payment_due: bool,
    /// Why it is in this state, as a reason code for programs.
    pub reason: Option<Arc<str>>,
    /// One per department operation, in the order of the plan.
    pub legs: Vec<Leg>,
    /// Sequence number of the last event; the first is 1.
    pub last_event: u32,
    /// When it was received.
    pub submit_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// When it became terminal.
    pub complete_time: Option<Timestamp>,
    /// When it expires if it waits for the customer then.
    pub expire_time: Option<Timestamp>,
}

impl Case {
    /// A transaction just received, with the legs of its service's plan.
    #[must_use]
    pub fn new(legs: Vec<Leg>, now: Timestamp, expire_time: Option<Timestamp>) -> Self {
        Self {
            state: TransactionState::Submitted,
            before_hold: None,
            ending: None,
            payment_due: false,
            reason: None,
            legs,
            last_event: 0,
            submit_time: now,
            update_time: now,
            complete_time: None,
            expire_time,
        }
    }

    /// Applies one event. Total: it cannot fail, and it trusts [`decide`].
    pub fn evolve(&mut self, event: &Event) {
        self.last_event = event.sequence;
        self.update_time = event.time;
        match &event.change {
            Change::Transaction { to, ending, payment_due, .. } => {
                if *to == TransactionState::Suspended {
                    self.before_hold = Some(self.state);
                } else {
                    self.before_hold = None;
                }
                self.state = *to;
                if ending.is_some() {
                    self.ending = *ending;
                }
                self.payment_due = *payment_due;
                self.reason.clone_from(&event.reason);
                if to.is_terminal() {
                    self.complete_time = Some(event.time);
                }
            }
            Change::Leg { leg, after, .. } => {
                if let Some(leg) = self.legs.get_mut(usize::from(*leg)) {
                    leg.progress = (**after).clone();
                }
            }
        }
    }

    /// Why it is being wound down, if it is. A refusal counts as soon as it is known.
    #[must_use]
    pub fn winding_down(&self) -> Option<Ending> {
        self.ending.or_else(|| self.legs.iter().any(Leg::is_refused).then_some(Ending::Rejected))
    }

    /// The legs that nothing moves any more but an operator, with their positions in the plan.
    pub fn held(&self) -> impl Iterator<Item = (u16, &Leg)> {
        let live = !self.state.is_terminal();
        (0..).zip(&self.legs).filter(move |(_, leg)| live && leg.progress.held)
    }

    /// When [`Command::Wake`] must be given next: timers are derived from the state, never stored beside it.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        if self.state.is_terminal() || self.state == TransactionState::Suspended {
            return None;
        }
        let expiry = self.expire_time.filter(|_| self.state.waits_for_customer());
        self.legs.iter().filter_map(|leg| leg.progress.wake).chain(expiry).min()
    }
}
