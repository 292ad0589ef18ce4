//! Why an application cannot be handed to a department: the same in every adapter.

use jisr_core::fault::{Fault, FaultClass};
use jisr_proto::adapter::v1 as wire;
use jisr_proto::v1;

use crate::adapter::{Answer, CallFault};

/// Why an application cannot be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A value that the department's system cannot hold.
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
            Self::Missing { field, ask } => {
                let words = ask.into_iter().zip(["ar", "en"]).map(|(text, language)| v1::LocalizedText {
                    text: text.to_owned(),
                    language_code: language.to_owned(),
                });
                Ok(Answer::InformationRequired(wire::InformationRequired {
                    reason: words.collect(),
                    fields: vec![field.to_owned()],
                    legacy_refs: Vec::new(),
                }))
            }
            loss @ Self::Loss { .. } => Err(loss.into_fault()),
        }
    }
}
