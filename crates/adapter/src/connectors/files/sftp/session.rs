//! One logged-in connection: one request at a time. After one without an answer, none.

use std::collections::HashMap;
use std::future::Future;

use async_trait::async_trait;
use russh::client::Handle;
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error;
use russh_sftp::client::rawsession::SftpResult;
use russh_sftp::extensions::FSYNC;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use tokio::time::timeout;

use super::super::transport::{plain, plain_name};
use super::super::{Doubtful, Entry, Limits, NotDone, Session, TransferError};
use super::{Guard, Line};

/// Bytes that every server takes and gives at a time.
const CHUNK: u32 = 32 * 1024;

pub(super) struct SftpSession {
    sftp: RawSftpSession,
    syncs: bool,
    limits: Limits,
    /// A request went without an answer: what would be said now could overtake it, or be said twice.
    over: bool,
    // Dropped in this order: first the line is cut, so that nothing of what is under way still leaves.
    _line: Line,
    _handle: Handle<Guard>,
}

impl SftpSession {
    pub(super) fn new(
        sftp: RawSftpSession,
        extensions: &HashMap<String, String>,
        handle: Handle<Guard>,
        line: Line,
        limits: Limits,
    ) -> Self {
        let syncs = extensions.get(FSYNC).is_some_and(|version| version == "1");
        Self { sftp, syncs, limits, over: false, _line: line, _handle: handle }
    }

    /// One request and its answer. `path` names it in errors.
    async fn ask<'a, T, F>(
        &'a mut self,
        path: &str,
        request: impl FnOnce(&'a RawSftpSession) -> F,
    ) -> Result<T, TransferError>
    where
        F: Future<Output = SftpResult<T>> + 'a,
    {
        if self.over {
            return Err(NotDone::Connect("the connection is over".into()).into());
        }
        // Also when this future is dropped before the answer is there.
        self.over = true;
        let (over, limit) = (&mut self.over, self.limits.request_timeout);
        let answer = timeout(limit, request(&self.sftp)).await.unwrap_or(Err(Error::Timeout));
        match answer {
            Ok(answer) => {
                *over = false;
                Ok(answer)
            }
            Err(Error::Status(status)) => {
                *over = false;
                Err(of_status(path, status.status_code))
            }
            Err(Error::Limited(why)) => {
                *over = false;
                Err(NotDone::Refused { path: path.to_owned(), why }.into())
            }
            Err(Error::Timeout) => Err(Doubtful::Timeout(limit).into()),
            Err(Error::UnexpectedPacket) => Err(Doubtful::Garbage("an answer to something else".into()).into()),
            Err(error) => Err(Doubtful::Broken(error.into()).into()),
        }
    }

    async fn open(&mut self, path: &str, flags: OpenFlags) -> Result<String, TransferError> {
        let name = plain(path)?.to_owned();
        let opened = self.ask(path, |sftp| sftp.open(name, flags, FileAttributes::empty())).await?;
        Ok(opened.handle)
    }

    async fn close(&mut self, path: &str, handle: String) -> Result<(), TransferError> {
        self.ask(path, |sftp| sftp.close(handle)).await.map(drop)
    }

    async fn about(&mut self, path: &str, handle: &str) -> Result<(u64, Option<u32>), TransferError> {
        let about = self.ask(path, |sftp| sftp.fstat(handle.to_owned())).await?.attrs;
        let size = about.size.ok_or_else(|| Doubtful::Garbage("a file without a size".into()))?;
        Ok((size, about.mtime))
    }

    /// What is between two looks at size and time, if both say the same.
    async fn content(&mut self, path: &str, handle: &str) -> Result<Vec<u8>, TransferError> {
        let before = self.about(path, handle).await?;
        let (size, limit) = (before.0, self.limits.max_file_bytes);
        if size > limit {
            return Err(NotDone::TooLarge { path: path.to_owned(), limit }.into());
        }
        let mut content = Vec::new();
        while (content.len() as u64) < size {
            let offset = content.len() as u64;
            match self.ask(path, |sftp| sftp.read(handle.to_owned(), offset, CHUNK)).await {
                Ok(data) if data.data.is_empty() || data.data.len() as u64 + offset > limit => break,
                Ok(data) => content.extend_from_slice(&data.data),
                // The end, before it should be.
                Err(TransferError::NotDone(NotDone::Refused { why, .. })) if why == END => break,
                Err(error) => return Err(error),
            }
        }
        if content.len() as u64 != size || self.about(path, handle).await? != before {
            return Err(NotDone::Changed(path.to_owned()).into());
        }
        Ok(content)
    }

    async fn fill(&mut self, path: &str, handle: &str, content: &[u8]) -> Result<(), TransferError> {
        let mut offset = 0;
        for chunk in content.chunks(CHUNK as usize) {
            self.ask(path, |sftp| sftp.write(handle.to_owned(), offset, chunk.to_vec())).await?;
            offset += chunk.len() as u64;
        }
        if self.syncs {
            self.ask(path, |sftp| sftp.fsync(handle.to_owned())).await?;
        }
        self.close(path, handle.to_owned()).await
    }

    /// Version 3 has no status of its own for what is there already.
    async fn unless_exists(&mut self, path: &str, error: TransferError) -> TransferError {
        match error {
            TransferError::NotDone(NotDone::Refused { .. }) if self.exists(path).await.unwrap_or(false) => {
                NotDone::Exists(path.to_owned()).into()
            }
            other => other,
        }
    }
}

#[async_trait]
impl Session for SftpSession {
    async fn list(&mut self, folder: &str) -> Result<Vec<Entry>, TransferError> {
        let name = plain(folder)?.to_owned();
        let handle = self.ask(folder, |sftp| sftp.opendir(name)).await?.handle;
        let mut entries = Vec::new();
        let limit = self.limits.max_entries;
        loop {
            match self.ask(folder, |sftp| sftp.readdir(handle.clone())).await {
                Ok(page) => {
                    let files = page
                        .files
                        .into_iter()
                        .filter(|file| plain_name(&file.filename) && !file.attrs.is_dir() && !file.attrs.is_symlink());
                    entries.extend(files.map(|file| Entry {
                        name: file.filename,
                        size: file.attrs.size.unwrap_or_default(),
                        modified: file.attrs.mtime.unwrap_or_default().into(),
                    }));
                }
                Err(TransferError::NotDone(NotDone::Refused { why, .. })) if why == END => break,
                Err(error) => return Err(error),
            }
            if entries.len() > limit {
                return Err(NotDone::TooMany { path: folder.to_owned(), limit }.into());
            }
        }
        self.close(folder, handle).await?;
        Ok(entries)
    }

    async fn read(&mut self, path: &str) -> Result<Vec<u8>, TransferError> {
        let handle = self.open(path, OpenFlags::READ).await?;
        let content = self.content(path, &handle).await;
        if !self.over {
            self.close(path, handle).await?;
        }
        content
    }

    async fn create(&mut self, path: &str, content: &[u8]) -> Result<(), TransferError> {
        let flags = OpenFlags::CREATE | OpenFlags::EXCLUDE | OpenFlags::WRITE;
        let handle = match self.open(path, flags).await {
            Ok(handle) => handle,
            Err(error) => return Err(self.unless_exists(path, error).await),
        };
        self.fill(path, &handle, content).await.map_err(|error| match error {
            // The file is there by now, in part.
            TransferError::NotDone(why) => Doubtful::Broken(why.into()).into(),
            doubtful => doubtful,
        })
    }

    async fn rename(&mut self, from: &str, to: &str) -> Result<(), TransferError> {
        let (source, target) = (plain(from)?.to_owned(), plain(to)?.to_owned());
        match self.ask(from, |sftp| sftp.rename(source, target)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.unless_exists(to, error).await),
        }
    }

    async fn remove(&mut self, path: &str) -> Result<(), TransferError> {
        let name = plain(path)?.to_owned();
        self.ask(path, |sftp| sftp.remove(name)).await.map(drop)
    }

    async fn exists(&mut self, path: &str) -> Result<bool, TransferError> {
        let name = plain(path)?.to_owned();
        match self.ask(path, |sftp| sftp.lstat(name)).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The end of a file or a listing, which is a status like the errors.
const END: &str = "Eof";

/// A status is the server's certain no.
fn of_status(path: &str, status: StatusCode) -> TransferError {
    let path = path.to_owned();
    match status {
        StatusCode::NoSuchFile => NotDone::Missing(path).into(),
        StatusCode::PermissionDenied => NotDone::Denied(path).into(),
        StatusCode::Eof => NotDone::Refused { path, why: END.to_owned() }.into(),
        other => NotDone::Refused { path, why: other.to_string() }.into(),
    }
}
