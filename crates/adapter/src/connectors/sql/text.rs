//! Text in a code page that the database does not know of: windows-1256 in a column that says latin1, decoded and encoded
//! explicitly. What has no place in it is an error that names the character, never a question mark.

use encoding_rs::{DecoderResult, EncoderResult, Encoding, UTF_8, WINDOWS_1252, WINDOWS_1256};

/// What the database believes the bytes to be, which decides what its messages look like once it has "converted" them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldAs {
    /// ISO 8859-1: PostgreSQL's LATIN1, each byte the character of the same number.
    Latin1,
    /// windows-1252, which MariaDB and MySQL call latin1.
    Windows1252,
}

/// How a department's texts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyText {
    encoding: &'static Encoding,
    held_as: HeldAs,
}

/// Text that cannot be carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No encoding is known under this name, or it is no single-byte one.
    #[error("no code page is known under this name")]
    Unknown,
    /// A character that the code page does not have.
    #[error("holds U+{:04X}, which {code_page} does not have", u32::from(*character))]
    Unrepresentable {
        /// The character.
        character: char,
        /// The code page.
        code_page: &'static str,
    },
    /// Bytes that mean nothing in the code page.
    #[error("is no {code_page} at byte {offset}")]
    Malformed {
        /// The code page.
        code_page: &'static str,
        /// Where.
        offset: usize,
    },
    /// UTF-8 in a column that should hold the code page: read as such it would be mojibake, silently.
    #[error("is UTF-8 where {code_page} was agreed")]
    Utf8 {
        /// The code page.
        code_page: &'static str,
    },
}

impl LegacyText {
    /// windows-1256 in columns of latin1.
    pub const WINDOWS_1256: Self = Self { encoding: WINDOWS_1256, held_as: HeldAs::Latin1 };

    /// Texts in the code page of this name (WHATWG Encoding Standard: `windows-1256`, `utf-8`), held in columns of this kind.
    ///
    /// # Errors
    /// [`TextError::Unknown`].
    pub fn new(name: &str, held_as: HeldAs) -> Result<Self, TextError> {
        let encoding = Encoding::for_label_no_replacement(name.as_bytes()).ok_or(TextError::Unknown)?;
        if encoding == UTF_8 || encoding.is_single_byte() {
            return Ok(Self { encoding, held_as });
        }
        Err(TextError::Unknown)
    }

    /// A column's bytes as text.
    ///
    /// # Errors
    /// [`TextError::Malformed`], [`TextError::Utf8`].
    pub fn decode(self, bytes: &[u8]) -> Result<String, TextError> {
        let code_page = self.encoding.name();
        let mut decoder = self.encoding.new_decoder_without_bom_handling();
        let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len()));
        match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
            (DecoderResult::InputEmpty, _) => {}
            (_, read) => return Err(TextError::Malformed { code_page, offset: read.saturating_sub(1) }),
        }
        let disguised = self.encoding != UTF_8
            && std::str::from_utf8(bytes).is_ok_and(|utf8| utf8.chars().filter(|c| !c.is_ascii()).count() > 1);
        // Two characters in a row that are valid UTF-8 by chance are no chance.
        if disguised { Err(TextError::Utf8 { code_page }) } else { Ok(text) }
    }

    /// A text as a column's bytes.
    ///
    /// # Errors
    /// [`TextError::Unrepresentable`].
    pub fn encode(self, text: &str) -> Result<Vec<u8>, TextError> {
        let code_page = self.encoding.name();
        let mut encoder = self.encoding.new_encoder();
        let mut bytes = Vec::with_capacity(text.len());
        match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true) {
            (EncoderResult::InputEmpty, _) => {}
            (EncoderResult::Unmappable(character), _) => {
                return Err(TextError::Unrepresentable { character, code_page });
            }
            // The buffer was sized for a byte per byte of UTF-8; this is unreachable and still no cut text.
            (EncoderResult::OutputFull, read) => return Err(TextError::Malformed { code_page, offset: read }),
        }
        // The standard maps C1 controls onto unassigned bytes; nobody writes them on purpose.
        match text.chars().find(|c| ('\u{80}'..='\u{9f}').contains(c)) {
            Some(character) => Err(TextError::Unrepresentable { character, code_page }),
            None => Ok(bytes),
        }
    }

    /// What the database, taking the bytes for latin1, made of a text in a message: put right again. A text that cannot
    /// have come from such bytes is left as it is.
    #[must_use]
    pub fn message(self, text: &str) -> String {
        let bytes = match self.held_as {
            HeldAs::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            HeldAs::Windows1252 => {
                let (bytes, _, lost) = WINDOWS_1252.encode(text);
                (!lost).then(|| bytes.into_owned())
            }
        };
        bytes.and_then(|bytes: Vec<u8>| self.decode(&bytes).ok()).unwrap_or_else(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARABIC: &str = "مطعم النخيل ١٢ – Café";

    fn text(held_as: HeldAs) -> LegacyText {
        LegacyText::new("windows-1256", held_as).unwrap()
    }

    #[test]
    fn arabic_goes_there_and_back_and_what_has_no_place_is_named() {
        let text = text(HeldAs::Latin1);
        for sample in ["مطعم النخيل ذ.م.م – Café", "شركة الأفق، دبي؟", "گچپژ", ""] {
            let bytes = text.encode(sample).unwrap();
            assert_eq!(bytes.len(), sample.chars().count());
            assert_eq!(text.decode(&bytes).as_deref(), Ok(sample));
        }
        let lost = |sample| text.encode(sample).unwrap_err().to_string();
        assert_eq!(lost(ARABIC), "holds U+0661, which windows-1256 does not have");
        assert_eq!(lost("a\u{85}"), "holds U+0085, which windows-1256 does not have");
        assert_eq!(lost("😀"), "holds U+1F600, which windows-1256 does not have");
    }

    #[test]
    fn all_bytes_are_one_character_each() {
        let bytes: Vec<u8> = (1..=255).collect();
        let text = text(HeldAs::Latin1);
        let decoded = text.decode(&bytes).unwrap();
        assert_eq!(decoded.chars().count(), 255);
        assert_eq!(text.encode(&decoded).unwrap(), bytes);
    }

    #[test]
    fn utf8_among_the_code_page_is_noticed() {
        let error = text(HeldAs::Latin1).decode("رخصة".as_bytes()).unwrap_err();
        assert_eq!(error, TextError::Utf8 { code_page: "windows-1256" });
        let utf8 = LegacyText::new("utf-8", HeldAs::Latin1).unwrap();
        assert_eq!(utf8.decode("رخصة".as_bytes()).as_deref(), Ok("رخصة"));
        assert!(matches!(utf8.decode(b"ok \xc7"), Err(TextError::Malformed { .. })));
        assert_eq!(LegacyText::new("utf-16le", HeldAs::Latin1), Err(TextError::Unknown));
        assert_eq!(LegacyText::new("klingon", HeldAs::Latin1), Err(TextError::Unknown));
    }

    #[test]
    fn what_a_database_made_of_a_message_is_put_right() {
        let words = "النشاط غير مسموح به";
        for (held_as, seen) in [
            (
                HeldAs::Latin1,
                encoding_rs::mem::decode_latin1(&text(HeldAs::Latin1).encode(words).unwrap()).into_owned(),
            ),
            (HeldAs::Windows1252, WINDOWS_1252.decode(&text(HeldAs::Latin1).encode(words).unwrap()).0.into_owned()),
        ] {
            assert_ne!(seen, words);
            assert_eq!(text(held_as).message(&seen), words);
            assert_eq!(text(held_as).message("plain"), "plain");
            assert_eq!(text(held_as).message(words), words, "somebody has converted it already");
        }
    }
}
