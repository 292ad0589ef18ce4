//! One process for each journal, held by a lock of the operating system: it ends with the process, however that ends.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::OpenError;

/// Makes the folder and the files where they are missing, and takes the lock. It is given back when the file closes.
pub(crate) fn take(path: &Path) -> Result<File, OpenError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        |source: io::Error| OpenError::Io { path, source }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let beside = beside(path);
    let file = private(&beside).map_err(at(&beside))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(OpenError::Io { path: beside, source }),
    }
    // SQLite would make it readable for everybody; its -wal and -shm files take after it.
    private(path).map_err(at(path))?;
    Ok(file)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    name.into()
}

/// Opens a file that, if it must be made, only its owner may read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
