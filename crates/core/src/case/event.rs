//! What happened: every change of state is one of these, in order, for ever.

use std::sync::Arc;

use super::{Case, Ending, LegProgress, RequestKind};
use crate::name::LegId;
use crate::state::{LegState, TransactionState};
use crate::text::LocalizedText;
use crate::time::Timestamp;

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A front-end system, on the customer's behalf.
    FrontEnd,
    /// Jisr itself: plan, timers.
    Engine,
    /// A department, through its adapter.
    Department,
    /// A person at the operators' console.
    Operator,
}

/// Who caused an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Which one: a client, a department, an operator's account.
    pub id: Arc<str>,
}

impl Actor {
    /// An actor by kind and id.
    pub fn new(kind: ActorKind, id: impl Into<Arc<str>>) -> Self {
        Self { kind, id: id.into() }
    }
}

/// One step of a transaction's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// 1, 2, 3 … within the transaction.
    pub sequence: u32,
    /// When it was decided.
    pub time: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// What changed.
    pub change: Change,
    /// Why, as a reason code for programs.
    pub reason: Option<Arc<str>>,
    /// Why, in words: the department's or the operator's own.
    pub note: LocalizedText,
}

/// What an event changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The transaction moved.
    Transaction {
        /// From where; nothing for the very first event.
        from: Option<TransactionState>,
        /// To where.
        to: TransactionState,
        /// Set when this begins the winding down.
        ending: Option<Ending>,
        /// Whether a fee is due from here on.
        payment_due: bool,
    },
    /// A leg moved, or was asked again.
    Leg {
        /// Its position in the plan.
        leg: u16,
        /// From where.
        from: LegState,
        /// To where.
        to: LegState,
        /// The leg's progress from here on.
        after: Box<LegProgress>,
        /// A request that must be sent to the department with this change.
        request: Option<RequestKind>,
    },
}

/// An event as it is kept for ever and shown: what moved, without the leg's inner progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// 1, 2, 3 … within the transaction.
    pub sequence: u32,
    /// When it was decided.
    pub time: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// What moved.
    pub moved: Moved,
    /// Why, as a reason code for programs.
    pub reason: Option<Arc<str>>,
    /// Why, in words.
    pub note: LocalizedText,
}

/// What moved, from where to where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The transaction; from nowhere in its first event.
    Transaction {
        /// From where.
        from: Option<TransactionState>,
        /// To where.
        to: TransactionState,
    },
    /// A leg.
    Leg {
        /// Which.
        leg: LegId,
        /// From where.
        from: LegState,
        /// To where.
        to: LegState,
        /// The attempt it stands at.
        attempt: u32,
        /// The request sent with this event, if any.
        request: Option<RequestKind>,
    },
}

impl Event {
    /// The event as it is kept: `case` is the case it belongs to.
    #[must_use]
    pub fn record(&self, case: &Case) -> EventRecord {
        let moved = match &self.change {
            Change::Transaction { from, to, .. } => Moved::Transaction { from: *from, to: *to },
            Change::Leg { leg, from, to, after, request } => Moved::Leg {
                leg: case.legs[usize::from(*leg)].id.clone(),
                from: *from,
                to: *to,
                attempt: after.attempt,
                request: *request,
            },
        };
        EventRecord {
            sequence: self.sequence,
            time: self.time,
            actor: self.actor.clone(),
            moved,
            reason: self.reason.clone(),
            note: self.note.clone(),
        }
    }

    /// The request this event sends: the leg's position and what is asked.
    #[must_use]
    pub fn request(&self) -> Option<(u16, RequestKind)> {
        match &self.change {
            Change::Leg { leg, request: Some(kind), .. } => Some((*leg, *kind)),
            _ => None,
        }
    }
}
