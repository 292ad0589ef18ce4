//! What every way to the far side's files can do, and within which limits.

use std::time::Duration;

use async_trait::async_trait;

use super::{NotDone, TransferError};

/// Where files are handed over.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Connects and logs in.
    ///
    /// # Errors
    /// [`NotDone`], always.
    async fn open(&self) -> Result<Box<dyn Session>, TransferError>;
}

/// One connection: one request at a time, and none after one that brought no answer. Dropped, it is closed.
///
/// Paths are relative to the place that the transport stands for, with `/` between their parts.
#[async_trait]
pub trait Session: Send {
    /// The plain files of a folder, in no order.
    ///
    /// # Errors
    /// [`TransferError`].
    async fn list(&mut self, folder: &str) -> Result<Vec<Entry>, TransferError>;

    /// A whole file, or nothing of it.
    ///
    /// # Errors
    /// [`NotDone::TooLarge`] before anything is read, [`NotDone::Changed`] when it is still being written, and others.
    async fn read(&mut self, path: &str) -> Result<Vec<u8>, TransferError>;

    /// Writes a file that is not there yet, as durably as the far side can. If this fails in doubt, the file may be there in
    /// part.
    ///
    /// # Errors
    /// [`TransferError`]; certain only if not even an empty file was made.
    async fn create(&mut self, path: &str, content: &[u8]) -> Result<(), TransferError>;

    /// Gives a file another name, never in place of another file.
    ///
    /// # Errors
    /// [`NotDone::Exists`], [`NotDone::Missing`] and others.
    async fn rename(&mut self, from: &str, to: &str) -> Result<(), TransferError>;

    /// Removes a file.
    ///
    /// # Errors
    /// [`TransferError`].
    async fn remove(&mut self, path: &str) -> Result<(), TransferError>;

    /// Whether there is such a file.
    ///
    /// # Errors
    /// [`TransferError`].
    async fn exists(&mut self, path: &str) -> Result<bool, TransferError>;
}

/// A file in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the folder.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed, in seconds since 1970, as the far side's clock says; 0 if it does not say.
    pub modified: u64,
}

/// What is never exceeded, whatever the far side does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest time for connecting, the key exchange and the login together.
    pub connect_timeout: Duration,
    /// Longest time for the answer to one request.
    pub request_timeout: Duration,
    /// Largest file that is read, in bytes.
    pub max_file_bytes: u64,
    /// Most entries of a folder.
    pub max_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            request_timeout: Duration::from_secs(5),
            max_file_bytes: 16 * 1024 * 1024,
            max_entries: 10_000,
        }
    }
}

/// Holds a path against what all far sides take: names without a way out of the folder.
pub(super) fn plain(path: &str) -> Result<&str, TransferError> {
    let usable = !path.is_empty()
        && path.split('/').all(plain_name)
        && !path.chars().any(|character| character.is_control() || character == '\\');
    if usable { Ok(path) } else { Err(NotDone::Path(path.to_owned()).into()) }
}

/// Whether a name that the far side gives is one.
pub(super) fn plain_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0', char::REPLACEMENT_CHARACTER])
}
