//! The canonical application to the mainframe's record, and its decision back. Pure: no I/O, no clock.

mod answer;
mod applicant;
mod application;
mod value;

use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::{InformationRequired, LegRequest};
use jisr_adapter::{Answer, CallFault, Reference};

pub use answer::{Meaning, answer, handed_over, meaning};
pub use application::application;

use answer::localized;

/// Why an application cannot be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A value that the mainframe cannot hold.
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
    /// An operation that this adapter does not have.
    Operation,
}

impl Problem {
    /// As a fault: certainly not done.
    #[must_use]
    pub fn into_fault(self) -> CallFault {
        let (field, what) = match self {
            Self::Loss { field, what } => (field, what),
            Self::Missing { field, ask } => (field, ask[1].to_owned()),
            Self::Operation => return CallFault::NotDone(Fault::new(FaultClass::Unsupported, "OPERATION_UNKNOWN")),
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
                reason: localized(arabic, english),
                fields: vec![field.into()],
                legacy_refs: Vec::new(),
            })),
            other => Err(other.into_fault()),
        }
    }
}

/// What the mainframe knows a piece of work by. Answers find their way back by it alone.
///
/// # Errors
/// The request carries no transaction or leg.
pub fn our_reference(request: &LegRequest) -> Result<String, Problem> {
    let missing = |_| Problem::Loss { field: "transaction", what: "the request carries no reference".into() };
    Reference::of(request).map(|reference| reference.to_string()).map_err(missing)
}
