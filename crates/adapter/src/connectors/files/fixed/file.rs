//! A file of such records: a header, the records, and a trailer that counts them.

use super::{FileError, Layout, Record, RecordError};
use crate::connectors::charset::looks_like_utf8;

/// How each record ends.
const ENDING: &[u8] = b"\r\n";

/// The layout of a file. Its three kinds of records are equally long; each ends in CR LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLayout {
    /// The first record.
    pub header: Layout,
    /// The records between.
    pub detail: Layout,
    /// The last record.
    pub trailer: Layout,
    /// The trailer's field that holds the number of records between.
    pub count: &'static str,
    /// Most records that are read.
    pub max_records: usize,
}

/// A file that is whole: as many records as its trailer says. One record that cannot be read spoils no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedFile {
    /// The first record.
    pub header: Record,
    /// The records between, in their order.
    pub details: Vec<Result<Record, RecordError>>,
    /// The last record.
    pub trailer: Record,
}

impl FileLayout {
    /// Puts written records together.
    #[must_use]
    pub fn write(&self, header: &[u8], details: &[Vec<u8>], trailer: &[u8]) -> Vec<u8> {
        let mut file = Vec::with_capacity((details.len() + 2) * (self.detail.length() + ENDING.len()));
        for record in [header].into_iter().chain(details.iter().map(Vec::as_slice)).chain([trailer]) {
            file.extend_from_slice(record);
            file.extend_from_slice(ENDING);
        }
        file
    }

    /// Takes a file apart.
    ///
    /// # Errors
    /// [`FileError`]: half a file is none.
    pub fn read(&self, file: &[u8]) -> Result<FixedFile, FileError> {
        if looks_like_utf8(file) {
            return Err(FileError::Utf8(self.detail.page().name()));
        }
        let step = self.detail.length() + ENDING.len();
        let records: Vec<&[u8]> = file.chunks(step).collect();
        if records.len() > self.max_records.saturating_add(2) {
            return Err(FileError::TooMany(self.max_records));
        }
        if let Some(place) = records.iter().position(|record| record.len() == step && !record.ends_with(ENDING)) {
            return Err(FileError::Ending(place));
        }
        if records.len() < 2 || records.last().is_some_and(|last| last.len() < step) {
            return Err(FileError::Half(file.len()));
        }
        let records: Vec<&[u8]> = records.into_iter().map(|record| &record[..self.detail.length()]).collect();
        let [first, between @ .., last] = records.as_slice() else { return Err(FileError::Half(file.len())) };
        let header = self.header.read(first).map_err(|error| FileError::Frame("header", error))?;
        let trailer = match self.trailer.read(last) {
            Ok(trailer) => trailer,
            // Something else stands at the end: the trailer is still to come.
            Err(RecordError::Kind(_)) => return Err(FileError::Half(file.len())),
            Err(error) => return Err(FileError::Frame("trailer", error)),
        };
        let says = trailer.number(self.count).unwrap_or_default();
        if says != between.len() as u64 {
            return Err(FileError::Count { says, holds: between.len() });
        }
        Ok(FixedFile { header, details: between.iter().map(|record| self.detail.read(record)).collect(), trailer })
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
