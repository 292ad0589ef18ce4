//! Parked legs, derived from the cases as these are written: what is held in a case is in this list, and nothing else.

use std::sync::Arc;

use jisr_core::case::Case;
use jisr_core::fault::FaultClass;
use jisr_core::id::TransactionId;
use jisr_core::job::{Job, Place, Selection};
use jisr_core::name::{DepartmentId, LegId, OperationId};
use jisr_core::state::LegState;
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;

use crate::Version;

/// What a case says of one of its parked legs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLeg {
    /// Its position in the plan.
    pub leg: u16,
    /// Its name.
    pub leg_id: LegId,
    /// Whose it is.
    pub department: DepartmentId,
    /// What was to be done.
    pub operation: OperationId,
    /// Version of the adapter that reported the fault; empty where not known.
    pub adapter_version: Arc<str>,
    /// Code of what happened.
    pub reason: Arc<str>,
    /// What kind of fault; nothing where it was none.
    pub class: Option<FaultClass>,
    /// One sanitised sentence.
    pub detail: Option<Arc<str>>,
    /// FAILED, IN_DOUBT or COMPENSATING.
    pub state: LegState,
    /// Number of the last request sent.
    pub attempt: u32,
}

impl HeldLeg {
    /// The parked legs of a case, in the order of the plan; none for almost every case, and then nothing is allocated.
    #[must_use]
    pub fn all_of(case: &Case) -> Vec<Self> {
        let held = case.held().map(|(leg, held)| {
            let fault = held.progress.fault.as_ref().map(|(fault, _)| fault);
            Self {
                leg,
                leg_id: held.id.clone(),
                department: held.department.clone(),
                operation: held.operation.clone(),
                adapter_version: fault.and_then(|fault| fault.adapter_version.clone()).unwrap_or_default(),
                reason: held.held_reason(),
                class: fault.map(|fault| fault.class),
                detail: fault.and_then(|fault| fault.detail.clone()),
                state: held.state(),
                attempt: held.progress.attempt,
            }
        });
        held.collect()
    }
}

/// A parked leg as it is found in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whose leg.
    pub transaction: TransactionId,
    /// The transaction's reference number.
    pub reference_no: Arc<str>,
    /// Since when it has been parked without interruption: the [`Write::now`](crate::Write::now) of the write that
    /// parked it. Parked again after a redrive, it has a new one.
    pub since: Timestamp,
    /// What the case says of it.
    pub held: HeldLeg,
}

impl Failure {
    /// Its place in the list.
    #[must_use]
    pub const fn place(&self) -> Place {
        Place { since: self.since, transaction: self.transaction, leg: self.held.leg }
    }
}

/// One page of parked legs, the longest parked first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureQuery {
    /// Which.
    pub selection: Selection,
    /// Only those after this place: the last of the page before.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: u32,
}

/// Parked legs with one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureGroup {
    /// Code of what happened.
    pub reason: Arc<str>,
    /// Whose they are.
    pub department: DepartmentId,
    /// What was to be done.
    pub operation: OperationId,
    /// Version of the adapter that reported it; empty where not known.
    pub adapter_version: Arc<str>,
    /// How many.
    pub count: u64,
    /// When the latest was parked.
    pub last: Timestamp,
    /// The longest parked.
    pub first: Place,
    /// The name of that leg.
    pub first_leg: LegId,
}

/// An operator has told the engines to send nothing to a department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// To which.
    pub department: DepartmentId,
    /// Which operator.
    pub paused_by: Arc<str>,
    /// Since when.
    pub since: Timestamp,
    /// Why: its Arabic and English wordings are kept, and no others.
    pub reason: LocalizedText,
}

/// An operators' job as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredJob {
    /// Counts its changes, from 1.
    pub version: Version,
    /// As it stands.
    pub job: Job,
}
