//! One record of a file as named texts, and why one cannot be read or written. Pure.

use jisr_core::fault::{Fault, FaultClass};

use crate::connectors::charset::{NotHeld, NotText};

/// A record that was read: every field by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record(pub(super) Vec<(&'static str, String)>);

impl Record {
    /// A field's text without its padding; empty when it is blank or there is no such field.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    /// A number; nothing when the field is blank or does not fit.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name).parse().ok()
    }
}

/// Why a record cannot be read; names the field, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is not as long as the layout says, in bytes or in fields.
    #[error("has the length {0}, not {1}")]
    Length(usize, usize),
    /// It is of another kind.
    #[error("{0} does not hold what records of this kind hold there")]
    Kind(&'static str),
    /// A field holds bytes that are no text.
    #[error("{field}: {source}")]
    Text {
        /// The field.
        field: &'static str,
        /// What is wrong.
        source: NotText,
    },
    /// A field holds a control character.
    #[error("{0} holds a control character")]
    Control(&'static str),
    /// A number holds something else than digits.
    #[error("{0} is no number")]
    Number(&'static str),
}

/// Why a value cannot be written into its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// A character that the code page does not have.
    #[error("{field}: {source}")]
    NotHeld {
        /// The field.
        field: &'static str,
        /// The character.
        source: NotHeld,
    },
    /// Longer than the field.
    #[error("{field}: is longer than {limit} characters")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Its length.
        limit: usize,
    },
    /// A character that the field must not hold.
    #[error("{field}: holds U+{:04X} at character {position}; allowed: {allowed}", u32::from(*character))]
    Character {
        /// The field.
        field: &'static str,
        /// Which character, from 0.
        position: usize,
        /// The character.
        character: char,
        /// What it may hold.
        allowed: &'static str,
    },
    /// The last character is a space, which would be taken for padding.
    #[error("{0}: ends in a space, which padding would swallow")]
    Padding(&'static str),
    /// No value is given for a field, or one for a field that is not there.
    #[error("{0}: no value, or no such field")]
    Missing(String),
}

impl FieldError {
    /// The field of the layout.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::NotHeld { field, .. } | Self::TooLong { field, .. } | Self::Character { field, .. } => field,
            Self::Padding(field) => field,
            Self::Missing(field) => field,
        }
    }

    /// What is wrong, without the field.
    #[must_use]
    pub fn what(&self) -> String {
        let text = self.to_string();
        text.strip_prefix(&format!("{}: ", self.field())).map(str::to_owned).unwrap_or(text)
    }

    /// `MAPPING_LOSS` for the field of the transaction whose value it was.
    #[must_use]
    pub fn into_fault(self, field: &str) -> Fault {
        Fault::new(FaultClass::Mapping, "MAPPING_LOSS").field(field).detail(self.what())
    }
}

/// Why a file as a whole cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It ends in the middle of a record, or before its trailer: half of it, or still being written.
    #[error("ends after {0} bytes, in the middle")]
    Half(usize),
    /// A record does not end as it should: the records are not as long as the layout says.
    #[error("record {0} does not end where it should")]
    Ending(usize),
    /// The header or trailer cannot be read.
    #[error("{0}: {1}")]
    Frame(&'static str, RecordError),
    /// The trailer counts otherwise.
    #[error("the trailer says {says} records, the file holds {holds}")]
    Count {
        /// What it says; nothing when it says no number.
        says: u64,
        /// What there is.
        holds: usize,
    },
    /// More records than the limit.
    #[error("holds more than {0} records")]
    TooMany(usize),
    /// It is UTF-8, where a code page was agreed.
    #[error("is UTF-8, not {0}")]
    Utf8(&'static str),
    /// Bytes that are no text.
    #[error(transparent)]
    Text(#[from] NotText),
    /// The first line does not name the columns that were agreed.
    #[error("the first line names other columns")]
    Columns,
}
