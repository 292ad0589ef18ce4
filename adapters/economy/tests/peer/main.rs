//! The adapter against business licensing in a database that this project did not write, with everything that goes wrong
//! there.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod calls;
mod faults;
mod own_word;
mod world;
