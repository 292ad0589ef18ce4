//! What can go wrong: opening has errors of its own, everything later is "unavailable" with the cause as its text.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use jisr_core::name::NameError;
use jisr_journal::Unavailable;
use jisr_proto::stored::StoredError;

/// Why the journal did not open. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works on it, or this one has it open already.
    #[error("the journal {} is in use by another process", .path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// A later release wrote it; this one could lose what it does not know.
    #[error(
        "the journal {place} has schema version {found}, but this release knows only up to {known}: start the release \
         that wrote it, or a later one"
    )]
    TooNew {
        /// The database file, or the server's address and the schema.
        place: String,
        /// The version in the file.
        found: i64,
        /// The newest version this release knows.
        known: i64,
    },
    /// The file or its folder cannot be made or opened.
    #[error("the journal {} cannot be opened", .path.display())]
    Io {
        /// The file at fault.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The options cannot work, whatever the database says.
    #[error("{0}")]
    Options(String),
    /// PostgreSQL refuses: the user, the database, a right.
    #[error("the journal {place} cannot be used: {why}")]
    Refused {
        /// The server's address and the schema.
        place: String,
        /// What it says.
        why: String,
    },
    /// PostgreSQL does not answer.
    #[error("the journal {place} does not answer")]
    Unavailable {
        /// The server's address and the schema.
        place: String,
        /// Why.
        source: Unavailable,
    },
    /// SQLite refuses the file.
    #[error("the journal {} cannot be used as a database", .path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

/// Why a query or a commit failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Column(#[from] rusqlite::types::FromSqlError),
    #[error(transparent)]
    Stored(#[from] StoredError),
    #[error("a stored name is none: {0}")]
    Name(#[from] NameError),
}

/// The one error that callers see.
pub(crate) fn unavailable(cause: impl Display) -> Unavailable {
    Unavailable(cause.to_string().into())
}
