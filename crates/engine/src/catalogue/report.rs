//! What lint finds: errors, which make a catalogue unusable, and warnings, which do not.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place in a file, both numbers counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The beginning of a file.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// One mistake in a catalogue file. Prints as `file:line:column: field: what to do`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LintError(Finding);

/// Something that works but deserves a look. Prints like a [`LintError`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning(Finding);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: PathBuf,
    place: Place,
    field: String,
    message: String,
}

macro_rules! finding {
    ($($name:ident),*) => {$(
        impl $name {
            pub(super) fn new(file: &Path, place: Place, field: &str, message: impl Into<String>) -> Self {
                let (file, field) = (file.to_owned(), field.to_owned());
                Self(Finding { file, place, field, message: message.into() })
            }

            /// The file, as it was reached from the catalogue's folder.
            #[must_use]
            pub fn file(&self) -> &Path {
                &self.0.file
            }

            /// Where in the file.
            #[must_use]
            pub fn place(&self) -> Place {
                self.0.place
            }

            /// The path of the field, such as `plan[0].needs[2]`; empty when the whole file is meant.
            #[must_use]
            pub fn field(&self) -> &str {
                &self.0.field
            }

            /// What is wrong and what would be right.
            #[must_use]
            pub fn message(&self) -> &str {
                &self.0.message
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Finding { file, place, field, message } = &self.0;
                write!(f, "{}:{}:{}: ", file.display(), place.line, place.column)?;
                if !field.is_empty() {
                    write!(f, "{field}: ")?;
                }
                f.write_str(message)
            }
        }
    )*};
}

finding!(LintError, Warning);

impl std::error::Error for LintError {}

/// Gathers the findings of one file.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) file: PathBuf,
    pub(super) errors: Vec<LintError>,
    pub(super) warnings: Vec<Warning>,
}

impl Report {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, errors: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn error(&mut self, place: Place, field: &str, message: impl Into<String>) {
        self.errors.push(LintError::new(&self.file, place, field, message));
    }

    pub(super) fn warn(&mut self, place: Place, field: &str, message: impl Into<String>) {
        self.warnings.push(Warning::new(&self.file, place, field, message));
    }
}
