//! Opening connections, and how each kind is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How long to wait for somebody else's lock, such as that of a backup being taken.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Distinct statements of a reading connection that stay prepared; lists have some dozens of forms.
const PREPARED_STATEMENTS: usize = 128;

/// The one connection that writes. `synchronous=FULL`: a commit is on the disk when it returns.
///
/// Pages of 8 KiB, because each page of the log costs two system calls whatever its size. The log is copied back every
/// 4 000 pages, not every 1 000: under load most pages change many times meanwhile and are copied once. The cache is
/// small because SQLite walks all of it at the end of each commit in which a b-tree was balanced; behind it stands the
/// operating system's.
pub(crate) fn writing(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(
        "PRAGMA page_size = 8192;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;",
    )?;
    Ok(connection)
}

/// A connection that can only read; it sees every commit that has been answered.
pub(crate) fn reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    connection.execute_batch(
        "PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;
         PRAGMA mmap_size = 268435456;",
    )?;
    Ok(connection)
}
