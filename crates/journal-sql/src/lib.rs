//! The journal on SQLite: one file, one writer that shares each physical commit among all who wait, and readers beside
//! it. The only crate that knows a database driver.

mod connection;
mod error;
mod journal;
mod lock;
mod migrate;
mod operate;
mod options;
mod reader;
mod writer;

pub use error::OpenError;
pub use journal::SqliteJournal;
pub use options::SqliteOptions;
