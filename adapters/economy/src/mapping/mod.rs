//! The canonical application to business licensing's, and its decision back. Pure: no I/O, no clock.

mod answer;
mod issue;
mod party;
mod renewal;
mod value;

use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::{InformationRequired, LegRequest};
use jisr_adapter::{Answer, CallFault, Reference};

pub(crate) use answer::localized;
pub use answer::{answer, own_word, revoked};
pub use issue::issue;
pub use renewal::renewal;

/// Why an application cannot be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A value that business licensing cannot hold.
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

/// What business licensing knows a piece of work by. Its column has room for 60 characters, so the reference brings an
/// answer home by itself.
///
/// # Errors
/// The request names no transaction or leg.
pub fn our_reference(request: &LegRequest) -> Result<Reference, Problem> {
    Reference::of(request)
        .map_err(|_| Problem::Loss { field: "transaction", what: "the request carries no reference".into() })
}
