//! Delimited records (RFC 4180 and its relatives) in a code page, with the columns named in the first line. Pure.

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};

pub use super::record::{FieldError, FileError, Record, RecordError};
use crate::connectors::charset::{CodePage, looks_like_utf8};

/// The layout of a delimited file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimited {
    /// The code page.
    pub page: CodePage,
    /// What stands between fields, ASCII: `,`, `;` or a tabulator.
    pub separator: u8,
    /// The columns, in their order.
    pub columns: &'static [&'static str],
    /// Most records that are read.
    pub max_records: usize,
}

impl Delimited {
    /// Writes a file; a row holds a value for each column. Texts with separators, quotes or line ends are quoted.
    ///
    /// # Errors
    /// [`FieldError`]: nothing is replaced.
    pub fn write(&self, rows: &[Vec<&str>]) -> Result<Vec<u8>, FieldError> {
        let mut writer =
            WriterBuilder::new().delimiter(self.separator).terminator(Terminator::CRLF).from_writer(Vec::new());
        for row in [self.columns.to_vec()].iter().chain(rows) {
            if row.len() != self.columns.len() {
                return Err(FieldError::Missing(self.columns.get(row.len()).copied().unwrap_or_default().to_owned()));
            }
            for (field, value) in self.columns.iter().zip(row) {
                self.page.encode(value).map_err(|source| FieldError::NotHeld { field, source })?;
            }
            // Writing to memory does not fail, and the number of fields was checked.
            writer.write_record(row).map_err(|_| FieldError::Missing(String::new()))?;
        }
        let text = writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        self.page.encode(&text).map_err(|source| FieldError::NotHeld { field: "", source })
    }

    /// Takes a file apart; one record that cannot be read spoils no other.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(&self, file: &[u8]) -> Result<Vec<Result<Record, RecordError>>, FileError> {
        if looks_like_utf8(file) {
            return Err(FileError::Utf8(self.page.name()));
        }
        let text = self.page.decode(file)?;
        // The last line ends like the others; where it does not, the rest of it is still to come.
        if !text.ends_with('\n') {
            return Err(FileError::Half(file.len()));
        }
        let mut reader = ReaderBuilder::new()
            .delimiter(self.separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        match records.next() {
            Some(Ok(first)) if first.iter().eq(self.columns.iter().copied()) => {}
            _ => return Err(FileError::Columns),
        }
        let mut read = Vec::new();
        for record in records {
            if read.len() == self.max_records {
                return Err(FileError::TooMany(self.max_records));
            }
            // Text in memory that is flexible about its fields has nothing else to fail by.
            let record = record.map_err(|_| FileError::Half(file.len()))?;
            read.push(self.record(&record));
        }
        Ok(read)
    }

    fn record(&self, fields: &StringRecord) -> Result<Record, RecordError> {
        if fields.len() != self.columns.len() {
            return Err(RecordError::Length(fields.len(), self.columns.len()));
        }
        let named = self.columns.iter().zip(fields).map(|(name, text)| {
            let strange =
                text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t'));
            if strange { Err(RecordError::Control(name)) } else { Ok((*name, text.to_owned())) }
        });
        named.collect::<Result<_, _>>().map(Record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Delimited = Delimited {
        page: CodePage::WINDOWS_1256,
        separator: b';',
        columns: &["reference", "name", "note"],
        max_records: 3,
    };

    #[test]
    fn there_and_back_in_the_code_page() {
        let rows = vec![vec!["A-1", "مريم المنصوري", "فيلا؛ قرب \"البحر\"; الطابق 2"], vec!["A-2", "", "سطر\r\nوسطر"]];
        let file = LAYOUT.write(&rows).unwrap();
        assert!(file.starts_with(b"reference;name;note\r\n"));
        let read: Vec<_> = LAYOUT.read(&file).unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!(read.len(), 2);
        for (row, record) in rows.iter().zip(&read) {
            assert_eq!([record.get("reference"), record.get("name"), record.get("note")], row[..]);
        }
    }

    #[test]
    fn one_bad_record_spoils_no_other_and_half_a_file_is_none() {
        let good = "reference;name;note\r\nA;b;c\r\n";
        let read = |text: &str| LAYOUT.read(text.as_bytes());
        let records =
            read(&format!("{good}A;b\r\nA;b\u{1};c\r\nA;b;c\r\n").replace("A;b;c\r\nA;b\r\n", "A;b\r\n")).unwrap();
        assert_eq!(records[0], Err(RecordError::Length(2, 3)));
        assert_eq!(records[1], Err(RecordError::Control("name")));
        assert!(records[2].is_ok());
        assert_eq!(read(&format!("{good}A;b")), Err(FileError::Half(good.len() + 3)));
        assert_eq!(read("name;reference;note\r\n"), Err(FileError::Columns));
        assert_eq!(read(""), Err(FileError::Half(0)));
        assert_eq!(read(&format!("{good}{}", "A;b;c\r\n".repeat(3))), Err(FileError::TooMany(3)));
        assert_eq!(read(&format!("{good}A;مريم;c\r\n")), Err(FileError::Utf8("windows-1256")));
    }

    #[test]
    fn what_the_page_lacks_names_its_column() {
        let error = LAYOUT.write(&[vec!["A", "فيلا ٧", ""]]).unwrap_err();
        assert_eq!(error.field(), "name");
        assert_eq!(error.what(), "holds U+0667 at character 5, an Arabic-Indic digit that windows-1256 does not have");
        assert_eq!(LAYOUT.write(&[vec!["A"]]), Err(FieldError::Missing("name".into())));
    }
}
