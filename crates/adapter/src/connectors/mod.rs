//! Connectors: the protocols that departments' systems speak. No department and no business word is named here.
//!
//! Every connector answers one question first: **was the call certainly not executed, or may it have been?**
//! Nothing here retries; retries belong to the engine alone.

pub mod charset;
#[cfg(feature = "files")]
pub mod files;
pub mod http;
pub mod soap;

/// What an adapter's own configuration is made of, beside plain values.
pub use jisr_runtime::{HumanDuration, Secret};
