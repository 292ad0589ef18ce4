//! Records of fixed width: fields are cut out by byte before anything is decoded. Pure.

mod file;
mod layout;

pub use file::{FileLayout, FixedFile};
pub use layout::{Field, Form, Layout, LayoutError};

pub use super::record::{FieldError, FileError, Record, RecordError};
