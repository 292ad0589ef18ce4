//! Whether a server could open its journal here: looks only, and leaves nothing behind.

use std::ffi::OsString;
use std::fs::{OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use jisr_journal_sql::PostgresJournal;
use jisr_runtime::config::PostgresSettings;

use super::{Check, Level};

const SUBJECT: &str = "journal";

/// Whether the database answers and can hold, or holds, our journal.
pub(super) async fn postgres(settings: &PostgresSettings) -> Check {
    let remedy = "see `journal.postgres` in the configuration: address, username, password, and the rights of the user";
    let found = match crate::compose::postgres_options(settings) {
        Ok(options) => PostgresJournal::probe(&options).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    let schema = &settings.schema;
    match found {
        Ok(Some(version)) => Check::ok(SUBJECT, format!("PostgreSQL answers; schema {schema} is at version {version}")),
        Ok(None) => Check::ok(SUBJECT, format!("PostgreSQL answers; schema {schema} will be made")),
        Err(error) => Check::new(SUBJECT, Level::Fail, format!("{error:#}"), remedy),
    }
}

/// `serves`: a server answers, and so has its journal open.
pub(super) fn check(path: &Path, serves: bool) -> Vec<Check> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    vec![writable(folder, path), unlocked(path, serves)]
}

/// The server makes folders that are missing, so the nearest one that exists decides.
fn writable(folder: &Path, path: &Path) -> Check {
    let mut nearest = folder;
    while !nearest.exists() {
        nearest = match nearest.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
    }
    // Permissions do not tell of a read-only or full disk; writing does.
    let probe = nearest.join(format!(".jisr-doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"probe");
    let removed = std::fs::remove_file(&probe);
    match written.and(removed) {
        Ok(()) if path.exists() => Check::ok(SUBJECT, format!("{} exists, its folder can be written", path.display())),
        Ok(()) => Check::ok(SUBJECT, format!("{} will be made", path.display())),
        Err(error) => Check::new(
            SUBJECT,
            Level::Fail,
            format!("{} cannot be written: {error}", nearest.display()),
            "give this user the right to write there, or set journal.path to another folder",
        ),
    }
}

/// The journal's lock file stands beside it; whoever serves it holds the lock.
fn unlocked(path: &Path, serves: bool) -> Check {
    let mut name = OsString::from(path);
    name.push(".lock");
    let file = match OpenOptions::new().read(true).write(true).open(&name) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Check::ok(SUBJECT, "no process has it open"),
        Err(error) => {
            let found = format!("{} cannot be opened: {error}", Path::new(&name).display());
            return Check::new(SUBJECT, Level::Fail, found, "give this user the right to read and write it");
        }
    };
    // Given back when the file closes, at the end of this function.
    match file.try_lock() {
        Ok(()) => Check::ok(SUBJECT, "no process has it open"),
        Err(TryLockError::WouldBlock) if serves => Check::ok(SUBJECT, "the running server has it open"),
        Err(TryLockError::WouldBlock) => Check::new(
            SUBJECT,
            Level::Warn,
            "a process has it open, though no server answers",
            "look for another `jisr serve` or `jisr demo` at other addresses; a second one cannot start beside it",
        ),
        Err(TryLockError::Error(error)) => Check::new(
            SUBJECT,
            Level::Fail,
            format!("it cannot be locked: {error}"),
            "put it on a local disk: network file systems often have no locks",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(path: &Path) -> Vec<Level> {
        check(path, false).iter().map(|check| check.level).collect()
    }

    #[test]
    fn a_new_journal_an_open_one_and_an_impossible_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/jisr.db");
        assert_eq!(levels(&path), [Level::Ok, Level::Ok]);
        assert!(!path.parent().unwrap().exists(), "looking makes nothing");

        std::fs::create_dir(path.parent().unwrap()).unwrap();
        let lock = std::fs::File::create(folder.path().join("data/jisr.db.lock")).unwrap();
        assert_eq!(levels(&path), [Level::Ok, Level::Ok]);
        lock.lock().unwrap();
        assert_eq!(levels(&path), [Level::Ok, Level::Warn]);
        assert!(check(&path, true).iter().all(|check| check.level == Level::Ok));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left behind");

        std::fs::write(folder.path().join("file"), b"").unwrap();
        let inside_a_file = folder.path().join("file/jisr.db");
        assert_eq!(levels(&inside_a_file)[0], Level::Fail);
    }
}
