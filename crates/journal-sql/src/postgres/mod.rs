//! The journal on PostgreSQL, 14 or later, shared by any number of processes.
//!
//! Each process gathers what it is asked to write and commits it with one call of one function of the database
//! (`migrations/002-functions.sql`): while it runs, the next batch gathers. No lock outlives such a call, so a process
//! that stands still holds nobody up. What a process has of the outbox in hand is its own for as long as the database has
//! seen it lately; see `owner`.

mod batch;
mod journal;
mod line;
mod list;
mod migrate;
mod operate;
mod options;
mod owner;
mod query;
mod row;
mod writer;

pub use journal::PostgresJournal;
pub use options::PostgresOptions;
