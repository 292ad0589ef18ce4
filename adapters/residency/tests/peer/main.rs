//! The adapter against the permit system of `tests/peers/residency`, which is not written here.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod contract;
mod hostile;
mod listening;
mod world;
