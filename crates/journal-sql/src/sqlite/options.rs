//! What can be set of the journal on SQLite.

use std::path::PathBuf;

/// Where the journal is and how much of the machine it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The database file. SQLite keeps `-wal` and `-shm` files beside it, and we a `.lock` file.
    pub path: PathBuf,
    /// Connections that read beside the writer, each on a thread of its own; at least one.
    pub read_connections: usize,
    /// No further write joins a physical commit that has this many. One call's writes always stay together.
    pub max_batch: usize,
}

impl SqliteOptions {
    /// The settings for this file that suit a machine with few cores.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), read_connections: 4, max_batch: 512 }
    }
}
