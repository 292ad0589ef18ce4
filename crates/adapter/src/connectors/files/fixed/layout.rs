//! The layout of one kind of record: code page, length, and where each field lies.

use super::{FieldError, Record, RecordError};
use crate::connectors::charset::CodePage;

/// A field, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// First byte, from 0.
    pub offset: usize,
    /// Bytes.
    pub length: usize,
    /// What it holds.
    pub form: Form,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text on the left, filled with spaces.
    Text,
    /// Digits on the right, filled with zeros; blank in old records where nothing is known.
    Number,
    /// Always this, in ASCII: what tells kinds of records apart.
    Constant(&'static str),
}

/// The layout of one kind of record. What no field covers is filled with spaces, and skipped when read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    page: CodePage,
    length: usize,
    fields: &'static [Field],
}

/// A layout that contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// It begins before the last one ends, or ends behind the record.
    #[error("{0} overlaps its neighbour or the end of the record")]
    Place(&'static str),
    /// A constant is not as long as its field, or not ASCII.
    #[error("{0} is not as long as its constant")]
    Constant(&'static str),
}

impl Layout {
    /// A layout of fields in their order.
    ///
    /// # Errors
    /// [`LayoutError`].
    pub const fn new(page: CodePage, length: usize, fields: &'static [Field]) -> Result<Self, LayoutError> {
        let (mut place, mut free) = (0, 0);
        while place < fields.len() {
            let field = fields[place];
            if field.offset < free || field.length == 0 || field.offset + field.length > length {
                return Err(LayoutError::Place(field.name));
            }
            if let Form::Constant(text) = field.form
                && (text.len() != field.length || !text.is_ascii())
            {
                return Err(LayoutError::Constant(field.name));
            }
            free = field.offset + field.length;
            place += 1;
        }
        Ok(Self { page, length, fields })
    }

    /// Bytes of a record.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// The code page.
    #[must_use]
    pub const fn page(&self) -> CodePage {
        self.page
    }

    /// Writes a record. Every field but the constants is given a value; an empty one leaves it blank, or zero.
    ///
    /// # Errors
    /// [`FieldError`]: nothing is cut, and nothing replaced.
    pub fn write(&self, values: &[(&str, &str)]) -> Result<Vec<u8>, FieldError> {
        let known = |name: &str| self.fields.iter().any(|field| field.name == name && !constant(field));
        if let Some((stranger, _)) = values.iter().find(|(name, _)| !known(name)) {
            return Err(FieldError::Missing((*stranger).to_owned()));
        }
        let mut record = vec![b' '; self.length];
        for field in self.fields {
            let given = values.iter().find(|(name, _)| *name == field.name).map(|(_, value)| *value);
            let bytes = match (field.form, given) {
                (Form::Constant(text), _) => text.as_bytes().to_vec(),
                (_, None) => return Err(FieldError::Missing(field.name.to_owned())),
                (Form::Text, Some(value)) => self.text(field, value)?,
                (Form::Number, Some(value)) => number(field, value)?,
            };
            if bytes.len() > field.length {
                return Err(FieldError::TooLong { field: field.name, limit: field.length });
            }
            record[field.offset..field.offset + bytes.len()].copy_from_slice(&bytes);
        }
        Ok(record)
    }

    fn text(&self, field: &Field, value: &str) -> Result<Vec<u8>, FieldError> {
        if let Some((position, character)) = value.chars().enumerate().find(|(_, character)| character.is_control()) {
            let allowed = "no control characters";
            return Err(FieldError::Character { field: field.name, position, character, allowed });
        }
        if value.ends_with(' ') {
            return Err(FieldError::Padding(field.name));
        }
        self.page.encode(value).map_err(|source| FieldError::NotHeld { field: field.name, source })
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`RecordError`], naming the field.
    pub fn read(&self, record: &[u8]) -> Result<Record, RecordError> {
        if record.len() != self.length {
            return Err(RecordError::Length(record.len(), self.length));
        }
        let mut values = Vec::with_capacity(self.fields.len());
        for field in self.fields {
            let bytes = &record[field.offset..field.offset + field.length];
            let text = match field.form {
                Form::Constant(text) if bytes == text.as_bytes() => text.to_owned(),
                Form::Constant(_) => return Err(RecordError::Kind(field.name)),
                Form::Number if bytes.iter().all(u8::is_ascii_digit) => ascii(bytes),
                Form::Number if bytes.iter().all(|byte| *byte == b' ') => String::new(),
                Form::Number => return Err(RecordError::Number(field.name)),
                Form::Text => {
                    let text = self.page.decode(bytes);
                    let text = text.map_err(|source| RecordError::Text { field: field.name, source })?;
                    if text.chars().any(char::is_control) {
                        return Err(RecordError::Control(field.name));
                    }
                    text.trim_end_matches(' ').to_owned()
                }
            };
            values.push((field.name, text));
        }
        Ok(Record(values))
    }
}

fn constant(field: &Field) -> bool {
    matches!(field.form, Form::Constant(_))
}

fn number(field: &Field, value: &str) -> Result<Vec<u8>, FieldError> {
    if let Some((position, character)) = value.chars().enumerate().find(|(_, character)| !character.is_ascii_digit()) {
        return Err(FieldError::Character { field: field.name, position, character, allowed: "the digits 0 to 9" });
    }
    Ok(format!("{value:0>width$}", width = field.length).into_bytes())
}

fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
