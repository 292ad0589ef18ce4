//! One department's part of a transaction.

use std::sync::Arc;

use bytes::Bytes;

use crate::fault::Fault;
use crate::name::{DepartmentId, LegId, OperationId};
use crate::state::LegState;
use crate::text::LocalizedText;
use crate::time::Timestamp;

/// What an adapter is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// Do it.
    Execute,
    /// Say whether it was done, by our reference. Changes nothing.
    Lookup,
    /// Undo it.
    Compensate,
}

/// A department's own number for something, kept as it wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LegacyRef {
    /// The system that gave it, e.g. `building-control`.
    pub system: Arc<str>,
    /// What it is, e.g. `noc_number`.
    pub key: Arc<str>,
    /// The number.
    pub value: Arc<str>,
}

/// The four instants of a leg's last request; their differences say whose time it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LegTimes {
    /// Out of Jisr, into the bus.
    pub dispatched: Option<Timestamp>,
    /// Into the department's system.
    pub called: Option<Timestamp>,
    /// Out of the department's system.
    pub answered: Option<Timestamp>,
    /// Back in Jisr.
    pub returned: Option<Timestamp>,
}

/// Everything about a leg that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegProgress {
    /// Where it stands.
    pub state: LegState,
    /// Number of the last request sent, of whatever kind; 0 before the first. Fences replies.
    pub attempt: u32,
    /// What that request asked for.
    pub asked: RequestKind,
    /// That request has not been answered for good: a second final answer to it says nothing new.
    pub awaiting: bool,
    /// Sequence of the last progress reply within the attempt.
    pub reply_sequence: u32,
    /// Technical failures in a row.
    pub failures: u32,
    /// Nothing moves it any more but an operator.
    pub held: bool,
    /// The four instants.
    pub times: LegTimes,
    /// No call of the last request starts after this.
    pub execute_before: Option<Timestamp>,
    /// When the state machine looks at it again by itself.
    pub wake: Option<Timestamp>,
    /// The last technical fault and when it came back.
    pub fault: Option<(Fault, Timestamp)>,
    /// The department's own words on where it stands.
    pub status: LocalizedText,
    /// The department's answer, as the bytes its adapter sent (`jisr.adapter.v1.Succeeded`): opaque here.
    pub outcome: Option<Bytes>,
}

impl LegProgress {
    /// Nothing sent yet.
    #[must_use]
    pub fn planned() -> Self {
        Self {
            state: LegState::Planned,
            attempt: 0,
            asked: RequestKind::Execute,
            awaiting: false,
            reply_sequence: 0,
            failures: 0,
            held: false,
            times: LegTimes::default(),
            execute_before: None,
            wake: None,
            fault: None,
            status: LocalizedText::default(),
            outcome: None,
        }
    }
}

/// One operation of one department within a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Its name, unique within the transaction.
    pub id: LegId,
    /// Who does it.
    pub department: DepartmentId,
    /// What is done.
    pub operation: OperationId,
    /// Positions of the legs that must have ended well first.
    pub depends_on: Vec<u16>,
    /// The part that changes.
    pub progress: LegProgress,
}

impl Leg {
    /// A leg of a plan, not begun.
    #[must_use]
    pub fn planned(id: LegId, department: DepartmentId, operation: OperationId, depends_on: Vec<u16>) -> Self {
        Self { id, department, operation, depends_on, progress: LegProgress::planned() }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> LegState {
        self.progress.state
    }

    /// Why it is held, as a code that failures are grouped by. Says nothing of a leg that is not held.
    #[must_use]
    pub fn held_reason(&self) -> Arc<str> {
        match &self.progress.fault {
            Some((fault, _)) => fault.code.clone(),
            None if self.progress.asked == RequestKind::Compensate => "COMPENSATION_REFUSED".into(),
            None => "NOT_COMPENSABLE".into(),
        }
    }

    /// The department said no.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.progress.state == LegState::Refused
    }
}
