//! The SQL connector against PostgreSQL and MariaDB, and against peers that are neither: what each failure says about the
//! effect, and what is there in the end.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod limits;
mod refusals;
mod strangers;
mod world;
