//! Operators' bulk work on parked legs: what is selected, what is done with it, and how far it has got.
//!
//! A job is written down before it does anything and after every step, so that one found half-way is carried on and
//! no leg is touched twice.

use std::sync::Arc;

use crate::id::{JobId, TransactionId};
use crate::name::{DepartmentId, LegId, OperationId};
use crate::text::LocalizedText;
use crate::time::Timestamp;

/// Which parked legs are meant; an empty field means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// Of this transaction.
    pub transaction: Option<TransactionId>,
    /// The leg of this name.
    pub leg: Option<LegId>,
    /// Of this department.
    pub department: Option<DepartmentId>,
    /// Of this operation.
    pub operation: Option<OperationId>,
    /// For this reason.
    pub reason: Option<Arc<str>>,
    /// Reported by this version of the adapter; the empty text means those where it is not known.
    pub adapter_version: Option<Arc<str>>,
    /// Parked at or after.
    pub since: Option<Timestamp>,
    /// Parked before.
    pub before: Option<Timestamp>,
}

/// A place in the list of parked legs, which goes from the longest parked to the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Parked when.
    pub since: Timestamp,
    /// Whose leg.
    pub transaction: TransactionId,
    /// Its position in the plan.
    pub leg: u16,
}

/// What is done with the legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// They are tried again.
    Redrive,
    /// They are given up: settled by hand, with a reason.
    Discard,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Under way.
    Running,
    /// An operator stopped it: nothing more is taken up, and what was in hand is still followed to its end.
    Cancelled,
    /// Everything selected has been dealt with.
    Done,
}

/// A leg that a job has taken up and that has not come to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InHand {
    /// Whose leg.
    pub transaction: TransactionId,
    /// Its position in the plan.
    pub leg: u16,
    /// The attempt it stood at when it was parked: as long as it stands there, held, it has not been touched.
    pub attempt: u32,
}

/// Bulk work of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is done.
    pub kind: JobKind,
    /// To which legs: of these, only those parked before the job was made.
    pub selection: Selection,
    /// Why, in the operator's words.
    pub note: LocalizedText,
    /// Which operator.
    pub created_by: Arc<str>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last got any further.
    pub update_time: Timestamp,
    /// When it had nothing in hand any more and took up no more.
    pub end_time: Option<Timestamp>,
    /// Where it stands.
    pub state: JobState,
    /// At most so many legs in hand at once; at least 1.
    pub concurrency: u32,
    /// At most so many legs taken up in a second; 0 is no limit.
    pub per_second: u32,
    /// Legs selected when it was made.
    pub total: u64,
    /// Legs that came to rest well, or with whoever they belong to.
    pub done: u64,
    /// Legs that were parked again.
    pub failed: u64,
    /// Legs that could not be touched: somebody else had moved them, or their transaction is held.
    pub passed_over: u64,
    /// Legs parked since it was made, counted when it ended; those it tried itself are not among them.
    pub arrived: u64,
    /// How far it has come.
    pub place: Option<Place>,
    /// What it has in hand.
    pub in_hand: Vec<InHand>,
    /// The process that carries it out.
    pub runner: Arc<str>,
    /// Until when that process has said it would; after that another one may carry on.
    pub lease: Timestamp,
}

impl Job {
    /// It takes up no more and has nothing in hand.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.end_time.is_some()
    }

    /// The parked legs that are its business.
    #[must_use]
    pub fn scope(&self) -> Selection {
        let before = self.selection.before.map_or(self.create_time, |before| before.min(self.create_time));
        Selection { before: Some(before), ..self.selection.clone() }
    }

    /// Whether it asks for the same as another: a request that came twice.
    #[must_use]
    pub fn same_request(&self, other: &Self) -> bool {
        (self.id, self.kind, &self.selection, &self.note, &self.created_by, self.concurrency, self.per_second)
            == (
                other.id,
                other.kind,
                &other.selection,
                &other.note,
                &other.created_by,
                other.concurrency,
                other.per_second,
            )
    }
}
