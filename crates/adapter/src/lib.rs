//! The adapter SDK: trait, run loop, manifest, connectors.
//!
//! An adapter translates and calls; everything that must be right in every adapter is here, once: the fence before a
//! call, the acknowledgement, what a redelivery means under each effect contract, and that no request is acknowledged
//! before its reply is safe.

mod adapter;
mod answers;
mod calendar;
pub mod connectors;
mod conversation;
mod in_time;
mod manifest;
mod problem;
mod recent;
mod reference;
mod replier;
mod runner;
mod step;

pub use adapter::{Adapter, Answer, CallFault};
pub use answers::Answers;
pub use async_trait::async_trait;
pub use calendar::Calendar;
pub use jisr_bus::BusError;
pub use jisr_core as core;
pub use jisr_proto as proto;
pub use manifest::{Manifest, ManifestError, Operation};
pub use problem::Problem;
pub use reference::{NotOurs, Reference};
pub use runner::{Runner, RunnerOptions};
pub use tokio_util::sync::CancellationToken;
