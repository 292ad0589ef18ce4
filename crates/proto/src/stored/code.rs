//! The numbers that words are stored by. Zero is nobody's: a word that is missing does not become another.

use jisr_core::case::{ActorKind, Ending, RequestKind};
use jisr_core::fault::FaultClass;
use jisr_core::state::{LegState, TransactionState};

use crate::{convert, journal, v1};

pub(super) const fn ending_number(ending: Ending) -> i32 {
    (match ending {
        Ending::Cancelled => journal::v1::Ending::Cancelled,
        Ending::Rejected => journal::v1::Ending::Rejected,
        Ending::Expired => journal::v1::Ending::Expired,
    }) as i32
}

pub(super) const fn actor_number(kind: ActorKind) -> i32 {
    (match kind {
        ActorKind::FrontEnd => v1::ActorKind::Client,
        ActorKind::Engine => v1::ActorKind::System,
        ActorKind::Department => v1::ActorKind::Department,
        ActorKind::Operator => v1::ActorKind::Operator,
    }) as i32
}

pub(super) const fn fault_number(class: FaultClass) -> i32 {
    (match class {
        FaultClass::Transient => v1::FaultClass::Transient,
        FaultClass::Permanent => v1::FaultClass::Permanent,
        FaultClass::Mapping => v1::FaultClass::Mapping,
        FaultClass::Expired => v1::FaultClass::Expired,
        FaultClass::NotFound => v1::FaultClass::NotFound,
        FaultClass::Unsupported => v1::FaultClass::Unsupported,
    }) as i32
}

pub(super) fn transaction_state(number: i32) -> Option<TransactionState> {
    TransactionState::ALL.into_iter().find(|state| convert::transaction_state(*state) as i32 == number)
}

pub(super) fn leg_state(number: i32) -> Option<LegState> {
    LegState::ALL.into_iter().find(|state| convert::leg_state(*state) as i32 == number)
}

pub(super) fn request_kind(number: i32) -> Option<RequestKind> {
    let all = [RequestKind::Execute, RequestKind::Lookup, RequestKind::Compensate];
    all.into_iter().find(|kind| convert::request_kind(*kind) as i32 == number)
}

pub(super) fn ending(number: i32) -> Option<Ending> {
    [Ending::Cancelled, Ending::Rejected, Ending::Expired].into_iter().find(|ending| ending_number(*ending) == number)
}

pub(super) fn actor_kind(number: i32) -> Option<ActorKind> {
    let all = [ActorKind::FrontEnd, ActorKind::Engine, ActorKind::Department, ActorKind::Operator];
    all.into_iter().find(|kind| actor_number(*kind) == number)
}

pub(super) fn fault_class(number: i32) -> Option<FaultClass> {
    FaultClass::ALL.into_iter().find(|class| fault_number(*class) == number)
}
