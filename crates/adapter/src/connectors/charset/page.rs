//! One code page: bytes to text and text to bytes, without loss or not at all.

use std::fmt;

use encoding_rs::{DecoderResult, EncoderResult, Encoding};
use jisr_core::fault::{Fault, FaultClass};

use super::CharacterKind;

/// A single-byte code page. One byte is one character and the other way round, so lengths are the same on both sides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CodePage(&'static Encoding);

/// No single-byte code page is known under this label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no single-byte code page is known as {0:?}")]
pub struct UnknownPage(pub String);

/// A byte that the page does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte 0x{byte:02X} at {position} is no character of {page}")]
pub struct NotText {
    /// The page's name.
    pub page: &'static str,
    /// Which byte, from 0.
    pub position: usize,
    /// What stands there.
    pub byte: u8,
}

/// A character that the page does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("holds U+{:04X} at character {position}, {kind} that {page} does not have", u32::from(*character))]
pub struct NotHeld {
    /// The page's name.
    pub page: &'static str,
    /// Which character of the text, from 0.
    pub position: usize,
    /// The character.
    pub character: char,
    /// What kind of character it is.
    pub kind: CharacterKind,
}

impl NotHeld {
    /// `MAPPING_LOSS` for the field that holds it; names the character, not the value.
    #[must_use]
    pub fn into_fault(self, field: &str) -> Fault {
        Fault::new(FaultClass::Mapping, "MAPPING_LOSS").field(field).detail(self.to_string())
    }
}

impl CodePage {
    /// The Arabic page of Windows, and of most systems in the Gulf that were written before Unicode.
    pub const WINDOWS_1256: Self = Self(encoding_rs::WINDOWS_1256);

    /// The page under one of the labels of the WHATWG Encoding Standard, whatever its case: `windows-1256`, `cp1256`,
    /// `iso-8859-6` and others. There, `iso-8859-1` and `us-ascii` are labels of windows-1252.
    ///
    /// # Errors
    /// [`UnknownPage`], also for encodings of more than one byte.
    pub fn of(label: &str) -> Result<Self, UnknownPage> {
        Encoding::for_label_no_replacement(label.as_bytes())
            .filter(|encoding| encoding.is_single_byte())
            .map(Self)
            .ok_or_else(|| UnknownPage(label.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Bytes to text. A byte order mark means nothing here: its bytes are characters like others.
    ///
    /// # Errors
    /// [`NotText`], naming the first byte that is no character.
    pub fn decode(self, bytes: &[u8]) -> Result<String, NotText> {
        let mut decoder = self.0.new_decoder_without_bom_handling();
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or_default();
        let mut text = String::with_capacity(room);
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
        match result {
            DecoderResult::InputEmpty => Ok(text),
            // The byte at fault was read. There is room for the worst case, so the output is never full.
            DecoderResult::Malformed(..) | DecoderResult::OutputFull => {
                let position = read.saturating_sub(1);
                Err(NotText { page: self.name(), position, byte: bytes.get(position).copied().unwrap_or_default() })
            }
        }
    }

    /// Text to bytes.
    ///
    /// # Errors
    /// [`NotHeld`], naming the first character that the page does not have.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, NotHeld> {
        let mut encoder = self.0.new_encoder();
        let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len()).unwrap_or_default();
        let mut bytes = Vec::with_capacity(room);
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true);
        let character = match result {
            EncoderResult::InputEmpty => return Ok(bytes),
            EncoderResult::Unmappable(character) => character,
            // Not reached, as there is room for the worst case; an error rather than a cut text.
            EncoderResult::OutputFull => char::REPLACEMENT_CHARACTER,
        };
        // The character at fault was read.
        let position = text.get(..read).map_or(0, |read| read.chars().count().saturating_sub(1));
        Err(NotHeld { page: self.name(), position, character, kind: CharacterKind::of(character) })
    }

    /// Whether it has this character.
    #[must_use]
    pub fn holds(self, character: char) -> bool {
        self.encode(character.encode_utf8(&mut [0; 4])).is_ok()
    }
}

/// Whether bytes that ought to be in a single-byte page are UTF-8: decoded as the page, they would be mojibake, silently.
///
/// One letter can be valid in both by chance; two in a row, and nothing invalid, is no chance.
#[must_use]
pub fn looks_like_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().filter(|character| !character.is_ascii()).count() > 1)
}

impl fmt::Debug for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodePage({})", self.name())
    }
}

impl fmt::Display for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
