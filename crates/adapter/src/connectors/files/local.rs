//! A folder of this machine, or one that is mounted on it, as a transport.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::transport::{plain, plain_name};
use super::{Doubtful, Entry, Limits, NotDone, Session, TransferError, Transport};

/// A folder.
#[derive(Clone, Debug)]
pub struct LocalFolder {
    root: PathBuf,
    limits: Limits,
}

impl LocalFolder {
    /// The folder at `root`.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, limits: Limits) -> Self {
        Self { root: root.into(), limits }
    }

    fn at(&self, path: &str) -> Result<PathBuf, TransferError> {
        Ok(self.root.join(plain(path)?))
    }

    /// A share whose server is gone answers nothing, for minutes: whether it was done is then unknown.
    async fn within<T>(&self, work: impl Future<Output = Result<T, TransferError>> + Send) -> Result<T, TransferError> {
        let limit = self.limits.request_timeout;
        timeout(limit, work).await.unwrap_or_else(|_| Err(Doubtful::Timeout(limit).into()))
    }
}

#[async_trait]
impl Transport for LocalFolder {
    async fn open(&self) -> Result<Box<dyn Session>, TransferError> {
        let there = timeout(self.limits.connect_timeout, fs::metadata(&self.root)).await;
        match there.map_err(|_| NotDone::ConnectTimeout(self.limits.connect_timeout))? {
            Ok(found) if found.is_dir() => Ok(Box::new(self.clone())),
            Ok(_) => Err(NotDone::Connect("it is no folder".into()).into()),
            Err(error) => Err(NotDone::Connect(error.into()).into()),
        }
    }
}

#[async_trait]
impl Session for LocalFolder {
    async fn list(&mut self, folder: &str) -> Result<Vec<Entry>, TransferError> {
        let path = self.at(folder)?;
        let work = async {
            let mut found = Vec::new();
            let mut entries = fs::read_dir(&path).await.map_err(|error| of_io(folder, error))?;
            while let Some(entry) = entries.next_entry().await.map_err(|error| of_io(folder, error))? {
                // One that has gone meanwhile is not there.
                let Ok(about) = entry.metadata().await else { continue };
                let name = entry.file_name().to_string_lossy().into_owned();
                if !about.is_file() || !plain_name(&name) {
                    continue;
                }
                if found.len() == self.limits.max_entries {
                    return Err(NotDone::TooMany { path: folder.to_owned(), limit: found.len() }.into());
                }
                found.push(Entry { name, size: about.len(), modified: modified(&about) });
            }
            Ok(found)
        };
        self.within(work).await
    }

    async fn read(&mut self, path: &str) -> Result<Vec<u8>, TransferError> {
        let (place, limit) = (self.at(path)?, self.limits.max_file_bytes);
        let work = async {
            let failed = |error| of_io(path, error);
            let file = File::open(&place).await.map_err(failed)?;
            let before = file.metadata().await.map_err(failed)?;
            if before.len() > limit {
                return Err(NotDone::TooLarge { path: path.to_owned(), limit }.into());
            }
            let mut content = Vec::new();
            let mut bounded = file.take(before.len() + 1);
            bounded.read_to_end(&mut content).await.map_err(failed)?;
            let after = bounded.into_inner().metadata().await.map_err(failed)?;
            if content.len() as u64 != before.len() || modified(&before) != modified(&after) {
                return Err(NotDone::Changed(path.to_owned()).into());
            }
            Ok(content)
        };
        self.within(work).await
    }

    async fn create(&mut self, path: &str, content: &[u8]) -> Result<(), TransferError> {
        let place = self.at(path)?;
        let work = async {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&place)
                .await
                .map_err(|error| of_io(path, error))?;
            let written = async {
                file.write_all(content).await?;
                file.sync_all().await
            };
            written.await.map_err(|error| Doubtful::Broken(error.into()))?;
            sync_folder(&place).await;
            Ok(())
        };
        self.within(work).await
    }

    async fn rename(&mut self, from: &str, to: &str) -> Result<(), TransferError> {
        let (source, target) = (self.at(from)?, self.at(to)?);
        let work = async {
            // A link, unlike a rename, never takes the place of another file.
            match fs::hard_link(&source, &target).await {
                Ok(()) => fs::remove_file(&source).await.map_err(|error| Doubtful::Broken(error.into()))?,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Err(NotDone::Exists(to.to_owned()).into());
                }
                Err(error) if error.kind() == ErrorKind::NotFound => return Err(of_io(from, error)),
                // A share without links: as good as it can.
                Err(_) => {
                    if fs::try_exists(&target).await.map_err(|error| of_io(to, error))? {
                        return Err(NotDone::Exists(to.to_owned()).into());
                    }
                    fs::rename(&source, &target).await.map_err(|error| of_io(from, error))?;
                }
            }
            sync_folder(&target).await;
            Ok(())
        };
        self.within(work).await
    }

    async fn remove(&mut self, path: &str) -> Result<(), TransferError> {
        let place = self.at(path)?;
        self.within(async { fs::remove_file(&place).await.map_err(|error| of_io(path, error)) }).await
    }

    async fn exists(&mut self, path: &str) -> Result<bool, TransferError> {
        let place = self.at(path)?;
        self.within(async { fs::try_exists(&place).await.map_err(|error| of_io(path, error)) }).await
    }
}

fn modified(about: &std::fs::Metadata) -> u64 {
    about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_secs())
}

/// A new name is durable once its folder is; file systems that cannot do it do not need it.
async fn sync_folder(file: &Path) {
    if let Some(folder) = file.parent()
        && let Ok(folder) = File::open(folder).await
    {
        let _ = folder.sync_all().await;
    }
}

/// The operating system said no before it did anything.
fn of_io(path: &str, error: std::io::Error) -> TransferError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => NotDone::Missing(path).into(),
        ErrorKind::AlreadyExists => NotDone::Exists(path).into(),
        ErrorKind::PermissionDenied => NotDone::Denied(path).into(),
        _ => NotDone::Refused { path, why: error.to_string() }.into(),
    }
}
