//! The journal, on SQLite and on PostgreSQL. The only crate that knows a database driver.

mod error;
mod postgres;
mod prepared;
mod sqlite;

pub use error::OpenError;
pub use postgres::{PostgresJournal, PostgresOptions};
pub use sqlite::{SqliteJournal, SqliteOptions};
