//! Bytes of an XML answer to text, strictly: what is malformed is an error, never a replacement character. Pure.
//!
//! Precedence as in RFC 7303, section 3: byte order mark, then the HTTP `charset`, then the XML declaration, then UTF-8.

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Why bytes could not be turned into text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CharsetError {
    /// No encoding is known under this label.
    #[error("unknown charset {0:?}")]
    Unknown(String),
    /// A byte sequence that the encoding does not have.
    #[error("malformed {charset} at byte {offset}")]
    Malformed {
        /// The encoding's name.
        charset: &'static str,
        /// Where the malformed sequence begins.
        offset: usize,
    },
    /// A single-byte charset is declared, but the bytes are UTF-8: decoding them would give mojibake, silently.
    #[error("declared as {0}, but encoded as UTF-8")]
    Contradiction(&'static str),
}

/// How many bytes may precede the end of an XML declaration.
const DECLARATION_WINDOW: usize = 256;

/// Decodes an XML document. `http_charset` is the `charset` parameter of its `Content-Type`, if there was one.
///
/// Labels are those of the WHATWG Encoding Standard, so `iso-8859-1` is read as windows-1252. The result carries no byte
/// order mark; its XML declaration, if any, may still name the encoding it came in.
///
/// # Errors
/// An unknown label, malformed bytes, or UTF-8 under the label of a single-byte charset.
pub fn decode(bytes: &[u8], http_charset: Option<&str>) -> Result<String, CharsetError> {
    let (encoding, skip) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, length),
        None => (declared(bytes, http_charset)?, 0),
    };
    let text = strictly(encoding, bytes, skip)?;
    let could_be_utf8 = encoding != UTF_8 && encoding.is_single_byte() && !bytes.is_ascii();
    // One accented letter can be valid in both by chance; two in a row, and nothing invalid, is no chance.
    if could_be_utf8 && std::str::from_utf8(bytes).is_ok_and(|utf8| utf8.chars().filter(|c| !c.is_ascii()).count() > 1)
    {
        return Err(CharsetError::Contradiction(encoding.name()));
    }
    Ok(text)
}

fn declared(bytes: &[u8], http_charset: Option<&str>) -> Result<&'static Encoding, CharsetError> {
    let wide = match bytes {
        [0, b'<', ..] => Some(UTF_16BE),
        [b'<', 0, ..] => Some(UTF_16LE),
        _ => None,
    };
    let label = http_charset.map(str::to_owned).or_else(|| label_in_declaration(bytes));
    match (label, wide) {
        // Without a byte order mark `utf-16` leaves the order open; the first `<` settles it.
        (Some(label), Some(wide)) if label.trim().eq_ignore_ascii_case("utf-16") => Ok(wide),
        (Some(label), _) => Encoding::for_label_no_replacement(label.as_bytes()).ok_or(CharsetError::Unknown(label)),
        (None, Some(wide)) => Ok(wide),
        (None, None) => Ok(UTF_8),
    }
}

/// The pseudo-attribute `encoding` of the XML declaration, if the bytes begin with one in an ASCII-compatible charset.
fn label_in_declaration(bytes: &[u8]) -> Option<String> {
    let window = bytes.get(..DECLARATION_WINDOW.min(bytes.len()))?;
    let end = window.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(&window[..end]).ok()?.strip_prefix("<?xml")?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote).map(|(label, _)| label.to_owned())
}

fn strictly(encoding: &'static Encoding, bytes: &[u8], skip: usize) -> Result<String, CharsetError> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let bytes = bytes.get(skip..).unwrap_or_default();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
    let mut text = String::with_capacity(capacity);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (DecoderResult::Malformed(length, after), read) => {
            let back = usize::from(length) + usize::from(after);
            Err(CharsetError::Malformed { charset: encoding.name(), offset: skip + read.saturating_sub(back) })
        }
        // The buffer was sized for the worst case, so this cannot be reached; it is an error rather than a cut text.
        (DecoderResult::OutputFull, read) => {
            Err(CharsetError::Malformed { charset: encoding.name(), offset: skip + read })
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_16BE, WINDOWS_1256};

    use super::*;

    const TEXT: &str = "<a>رخصة بناء</a>";

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn each_way_to_declare_a_charset() {
        let cp1256 = WINDOWS_1256.encode(TEXT).0.into_owned();
        let declared = format!("<?xml version='1.0' encoding = 'Windows-1256' ?>{TEXT}");
        let with_bom = [b"\xEF\xBB\xBF".as_slice(), TEXT.as_bytes()].concat();
        let wide_bom = [b"\xFE\xFF".as_slice(), &utf16(TEXT, true)].concat();
        let cases: [(&[u8], Option<&str>, &str); 9] = [
            (TEXT.as_bytes(), None, TEXT),
            (TEXT.as_bytes(), Some("utf-8"), TEXT),
            (&cp1256, Some("windows-1256"), TEXT),
            (&WINDOWS_1256.encode(&declared).0, None, &declared),
            (&with_bom, None, TEXT),
            (&with_bom, Some("windows-1256"), TEXT),
            (&wide_bom, Some("utf-16"), TEXT),
            (&utf16(TEXT, true), Some("UTF-16"), TEXT),
            (&utf16(TEXT, false), None, TEXT),
        ];
        for (position, (bytes, charset, expected)) in cases.into_iter().enumerate() {
            assert_eq!(decode(bytes, charset).as_deref(), Ok(expected), "case {position}");
        }
    }

    #[test]
    fn malformed_bytes_are_named_with_their_place() {
        let cp1256 = WINDOWS_1256.encode(TEXT).0;
        assert_eq!(decode(&cp1256, None), Err(CharsetError::Malformed { charset: "UTF-8", offset: 3 }));
        assert_eq!(decode(&[b'<', 0xD8], None), Err(CharsetError::Malformed { charset: "UTF-8", offset: 1 }));
        let lone_surrogate = [0xFE, 0xFF, 0, b'<', 0xD8, 0x00, 0, b'a'];
        assert!(matches!(
            decode(&lone_surrogate, None),
            Err(CharsetError::Malformed { charset, .. }) if charset == UTF_16BE.name()
        ));
    }

    #[test]
    fn utf8_under_a_single_byte_label_is_noticed() {
        assert_eq!(decode(TEXT.as_bytes(), Some("windows-1256")), Err(CharsetError::Contradiction("windows-1256")));
    }

    #[test]
    fn unknown_and_dangerous_labels_are_refused() {
        for label in ["klingon", "iso-2022-kr", "hz-gb-2312"] {
            assert_eq!(decode(b"<a/>", Some(label)), Err(CharsetError::Unknown(label.into())));
        }
    }
}
