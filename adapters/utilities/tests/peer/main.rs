//! The adapter against OpenSSH and a batch program in COBOL: whole nights, and everything that can go wrong in them.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod hostile;
mod network;
mod thousand;
mod world;
