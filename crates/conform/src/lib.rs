//! The conformance kit: takes the engine's place at a broker and the network's place before a department's system, drives
//! one adapter of any language through the suite, and signs what it found.
//!
//! Of the adapter it knows the wire contract (`proto/jisr/adapter/v1`) and what its author declares in `conformance.toml`,
//! nothing else. No department is named here, and nothing here is used to serve.

mod asyncapi;
mod broker;
mod cases;
mod check;
mod declaration;
mod exam;
mod json_schema;
mod placeholders;
mod program;
mod proxy;
mod reply;
mod report;
mod signing;
mod stand;
mod suite;
mod system;

pub use asyncapi::asyncapi;
pub use broker::{Broker, OwnBroker};
pub use cases::{Case, Cases, Expected};
pub use check::{CHECKS, Check};
pub use declaration::Declaration;
pub use exam::{Examination, Target, examine};
pub use report::{Finding, Outcome, Report};
pub use signing::{Key, SigningError, read_verdict, write_verdict};

/// Version of the suite: what a verdict says was asked.
pub const KIT_VERSION: &str = "1.0.0";

/// Why an examination could not be held, or a question not be put. What is wrong with the adapter is a [`Finding`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);

impl From<jisr_bus::BusError> for Trouble {
    fn from(error: jisr_bus::BusError) -> Self {
        Self(error.to_string())
    }
}

pub(crate) fn trouble(text: impl Into<String>) -> Trouble {
    Trouble(text.into())
}
