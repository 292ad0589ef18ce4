//! The journal in one SQLite file: one writer that shares each physical commit among all who wait, and readers beside it.

mod connection;
mod journal;
mod lock;
mod migrate;
mod operate;
mod options;
mod reader;
mod writer;

pub use journal::SqliteJournal;
pub use options::SqliteOptions;
