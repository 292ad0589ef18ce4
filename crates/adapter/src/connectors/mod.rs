//! Connectors: the protocols that departments' systems speak. No department and no business word is named here.
//!
//! Every connector answers one question first: **was the call certainly not executed, or may it have been?**
//! Nothing here retries; retries belong to the engine alone.

#[cfg(feature = "amqp")]
pub mod amqp;
pub mod charset;
pub mod http;
#[cfg(feature = "mllp")]
pub mod mllp;
#[cfg(feature = "odata")]
pub mod odata;
pub mod soap;
#[cfg(feature = "sql")]
pub mod sql;

/// What an adapter's own configuration is made of, beside plain values.
pub use jisr_runtime::{HumanDuration, Secret};
