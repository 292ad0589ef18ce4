//! The adapter against hospitals not written here: python-hl7 and hl7apy.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod orders;
mod results;
#[cfg(feature = "simulator")]
mod simulated;
mod world;
