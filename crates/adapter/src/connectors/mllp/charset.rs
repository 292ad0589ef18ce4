//! MSH-18: in which character set a message is written (HL7 table 0211, and what sites say beyond it). Strict both ways.

use encoding_rs::{Encoding, ISO_8859_6, UTF_8, WINDOWS_1256};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Bytes that are not what their character set promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CharsetError {
    /// MSH-18 names a character set that is not known here.
    #[error("unknown character set {0:?}")]
    Unknown(String),
    /// A byte sequence that the character set does not have.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// A single-byte character set is declared, but the bytes are UTF-8: decoding them would give nonsense, silently.
    #[error("declared as {0}, but written as UTF-8")]
    Contradiction(&'static str),
}

/// A character set of HL7 messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CharacterSet {
    encoding: &'static Encoding,
    label: &'static str,
}

impl CharacterSet {
    /// `UNICODE UTF-8`.
    pub const UTF_8: Self = Self { encoding: UTF_8, label: "UNICODE UTF-8" };
    /// `8859/6`, Latin and Arabic. Holds no Persian letters and no typographic marks.
    pub const ISO_8859_6: Self = Self { encoding: ISO_8859_6, label: "8859/6" };
    /// windows-1256. Not in table 0211: for sites that say so.
    pub const WINDOWS_1256: Self = Self { encoding: WINDOWS_1256, label: "windows-1256" };
    /// `ASCII`.
    pub const ASCII: Self = Self { encoding: UTF_8, label: "ASCII" };

    /// The character set under this name, as in MSH-18 or as sites write it.
    ///
    /// # Errors
    /// [`CharsetError::Unknown`].
    pub fn named(label: &str) -> Result<Self, CharsetError> {
        match label.trim().to_ascii_uppercase().as_str() {
            "UNICODE UTF-8" | "UTF-8" | "UTF8" | "UNICODE UTF8" => Ok(Self::UTF_8),
            "8859/6" | "ISO-8859-6" | "ISO 8859-6" => Ok(Self::ISO_8859_6),
            "WINDOWS-1256" | "CP1256" | "WIN-1256" => Ok(Self::WINDOWS_1256),
            "ASCII" => Ok(Self::ASCII),
            _ => Err(CharsetError::Unknown(label.chars().take(32).collect())),
        }
    }

    /// As MSH-18 names it.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.label
    }

    /// Bytes to text.
    ///
    /// # Errors
    /// Bytes that the character set does not have, or that are plainly UTF-8 under another name.
    pub fn decode(self, bytes: &[u8]) -> Result<String, CharsetError> {
        if self == Self::ASCII && !bytes.is_ascii() {
            return Err(CharsetError::Malformed(self.label));
        }
        let text = self.encoding.decode_without_bom_handling_and_without_replacement(bytes);
        let text = text.ok_or(CharsetError::Malformed(self.label))?;
        // One letter can be valid in both by chance; two, and nothing invalid, is no chance.
        let is_utf8 =
            |bytes| std::str::from_utf8(bytes).is_ok_and(|text| text.chars().filter(|c| !c.is_ascii()).count() > 1);
        if self.encoding != UTF_8 && is_utf8(bytes) {
            return Err(CharsetError::Contradiction(self.label));
        }
        Ok(text.into_owned())
    }

    /// Whether it has this character.
    #[must_use]
    pub fn holds(self, character: char) -> bool {
        if self == Self::ASCII {
            return character.is_ascii();
        }
        !self.encoding.encode(character.encode_utf8(&mut [0; 4])).2
    }

    /// Text to bytes.
    ///
    /// # Errors
    /// The first character that it does not have.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        match text.chars().find(|character| !character.is_ascii() && !self.holds(*character)) {
            Some(stranger) => Err(stranger),
            None => Ok(self.encoding.encode(text).0.into_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for CharacterSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::named(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_there_and_back_in_each() {
        let text = "فحص اللياقة الطبية، مريم المنصوري؟";
        for set in [CharacterSet::UTF_8, CharacterSet::ISO_8859_6, CharacterSet::WINDOWS_1256] {
            let bytes = set.encode(text).unwrap();
            assert_eq!(set.decode(&bytes).as_deref(), Ok(text), "{}", set.label());
            assert_eq!(CharacterSet::named(set.label()), Ok(set));
        }
        assert_eq!(CharacterSet::ASCII.encode(text), Err('ف'));
        assert!(CharacterSet::named("UNICODE").is_err(), "two bytes to a character: nobody sends that over MLLP");
    }

    #[test]
    fn what_a_character_set_has_not_is_named() {
        for (set, text, stranger) in [
            (CharacterSet::ISO_8859_6, "گلناز", 'گ'),
            (CharacterSet::ISO_8859_6, "اسم – لقب", '–'),
            (CharacterSet::WINDOWS_1256, "Иван", 'И'),
            (CharacterSet::WINDOWS_1256, "سعر ۱۲", '۱'),
        ] {
            assert_eq!(set.encode(text), Err(stranger), "{text}");
            assert!(!set.holds(stranger));
        }
    }

    #[test]
    fn bytes_under_a_wrong_name_are_refused() {
        let (utf8, arabic) = ("مريم".as_bytes(), CharacterSet::WINDOWS_1256.encode("مريم").unwrap());
        assert_eq!(CharacterSet::UTF_8.decode(&arabic), Err(CharsetError::Malformed("UNICODE UTF-8")));
        assert_eq!(CharacterSet::WINDOWS_1256.decode(utf8), Err(CharsetError::Contradiction("windows-1256")));
        assert!(CharacterSet::ISO_8859_6.decode(utf8).is_err());
        assert!(CharacterSet::ASCII.decode(utf8).is_err());
    }
}
