//! The canonical application to the permit system's, and its record back. Pure: no I/O, no clock.

mod answer;
mod application;
mod party;
mod value;

use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::{InformationRequired, LegRequest};
use jisr_adapter::{Answer, CallFault, Reference};

pub(crate) use answer::localized;
pub use answer::{answer, withdrawn};
pub use application::application;

/// Why an application cannot be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A value that the permit system cannot hold.
    Loss {
        /// Path in the transaction.
        field: &'static str,
        /// What is wrong, naming the character but never the value.
        what: String,
    },
    /// Something only the customer can add.
    Missing {
        /// Path in the transaction.
        field: &'static str,
        /// What to ask for.
        ask: [&'static str; 2],
    },
}

impl Problem {
    /// As a fault: certainly not done.
    #[must_use]
    pub fn into_fault(self) -> CallFault {
        let (field, what) = match self {
            Self::Loss { field, what } => (field, what),
            Self::Missing { field, ask } => (field, ask[1].to_owned()),
        };
        CallFault::NotDone(Fault::new(FaultClass::Mapping, "MAPPING_LOSS").field(field).detail(what))
    }

    /// As an answer where the customer can help, else as a fault.
    ///
    /// # Errors
    /// A value that cannot be represented.
    pub fn into_answer(self) -> Result<Answer, CallFault> {
        match self {
            Self::Missing { field, ask: [arabic, english] } => Ok(Answer::InformationRequired(InformationRequired {
                reason: localized(Some(arabic), Some(english)),
                fields: vec![field.into()],
                legacy_refs: Vec::new(),
            })),
            loss @ Self::Loss { .. } => Err(loss.into_fault()),
        }
    }
}

/// The key of the work in the permit system; the same for every attempt of a leg.
///
/// # Errors
/// The request names no transaction or leg.
pub fn our_reference(request: &LegRequest) -> Result<Reference, Problem> {
    Reference::of(request).map_err(|error| Problem::Loss { field: "leg", what: error.to_string() })
}
