//! The canonical application to the inspection system's, and its reports back. Pure: no I/O, no clock.

mod application;
mod report;
mod value;

use jisr_adapter::connectors::amqp::Charset;
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::{InformationRequired, LegRequest};
use jisr_adapter::{Answer, CallFault, Reference};

pub use application::application;
pub use report::{Meaning, decided, meaning, withdrawn};

/// Length of the inspection system's column for our reference.
const REFERENCE_LIMIT: usize = 64;

/// Why an application cannot be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A value that the inspection system cannot hold.
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
        /// What to ask for, in Arabic and in English.
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
                reason: value::localized(arabic, english),
                fields: vec![field.into()],
                legacy_refs: Vec::new(),
            })),
            loss @ Self::Loss { .. } => Err(loss.into_fault()),
        }
    }
}

/// What the inspection system knows a piece of work by.
///
/// # Errors
/// The request names no transaction or leg, or the reference is longer than the column.
pub fn our_reference(request: &LegRequest) -> Result<String, Problem> {
    const FIELD: &str = "leg";
    let reference = Reference::of(request)
        .map_err(|_| Problem::Loss { field: FIELD, what: "the request carries no reference".into() })?;
    value::carried(FIELD, &reference.to_string(), REFERENCE_LIMIT, Charset::Utf8)
}
