//! Submit, dispatch, settle, timers, adapter directory and catalogue.
//!
//! The process manager between front ends and departments. Every change of a transaction goes one way: a command is
//! decided by the pure state machine in `jisr-core`, written to the journal in one commit, and only then acted upon.
//! No department is named here, and nothing is acknowledged or answered before it is durable.

mod calendar;
pub mod catalogue;
mod change;
mod commit;
mod departments;
mod directory;
mod dispatch;
mod early;
mod engine;
mod feed;
mod jobs;
mod operate;
mod read;
mod recent;
mod settle;
mod submit;
mod timers;
mod trust;

pub use calendar::Closed;
pub use directory::{AdapterStatus, Availability, Directory};
pub use dispatch::{BreakerOptions, BreakerStatus};
pub use engine::{Engine, EngineOptions, StartError};
pub use jisr_journal as journal;
pub use jobs::JobWish;
pub use operate::Cancellation;
pub use read::watch::{Watch, WatchEvent};
pub use submit::Submission;
pub use trust::Trust;
