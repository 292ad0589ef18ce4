//! HL7's escape sequences (v2.5.1, 2.7): characters that would separate, and bytes as hexadecimals.

use super::charset::CharacterSet;
use super::message::Separators;

/// Writes a text so that it separates nothing and frames nothing.
pub(super) fn escape(text: &str, separators: &Separators, out: &mut String) {
    let mark = separators.escape;
    for character in text.chars() {
        let letter = match character {
            c if c == separators.escape => 'E',
            c if c == separators.field => 'F',
            c if c == separators.component => 'S',
            c if c == separators.subcomponent => 'T',
            c if c == separators.repetition => 'R',
            c if c.is_ascii_control() => {
                out.push_str(&format!("{mark}X{:02X}{mark}", u32::from(c)));
                continue;
            }
            c => {
                out.push(c);
                continue;
            }
        };
        out.extend([mark, letter, mark]);
    }
}

/// Reads a text. A sequence that is not known, or does not end, stays as it stands: nothing is lost silently.
pub(super) fn unescape(raw: &str, separators: &Separators, charset: CharacterSet) -> String {
    let mark = separators.escape;
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once(mark) {
        out.push_str(before);
        let Some((sequence, behind)) = after.split_once(mark) else {
            out.push(mark);
            rest = after;
            continue;
        };
        match sequence {
            "F" => out.push(separators.field),
            "S" => out.push(separators.component),
            "T" => out.push(separators.subcomponent),
            "R" => out.push(separators.repetition),
            "E" => out.push(mark),
            // Highlighting, on and off.
            "H" | "N" => {}
            ".br" | ".sp" => out.push('\n'),
            _ => match hexadecimal(sequence).and_then(|bytes| charset.decode(&bytes).ok()) {
                Some(text) => out.push_str(&text),
                None => {
                    // The second mark may begin a sequence of its own.
                    out.push(mark);
                    out.push_str(sequence);
                    rest = &after[sequence.len()..];
                    if known(behind, mark) {
                        continue;
                    }
                    out.push(mark);
                    rest = behind;
                    continue;
                }
            },
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Whether what follows a mark is a sequence.
fn known(text: &str, mark: char) -> bool {
    let Some((sequence, _)) = text.split_once(mark) else { return false };
    matches!(sequence, "F" | "S" | "T" | "R" | "E" | "H" | "N" | ".br" | ".sp") || hexadecimal(sequence).is_some()
}

fn hexadecimal(sequence: &str) -> Option<Vec<u8>> {
    let digits = sequence.strip_prefix('X')?;
    if digits.is_empty() || digits.len() % 2 != 0 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(raw: &str) -> String {
        unescape(raw, &Separators::default(), CharacterSet::UTF_8)
    }

    #[test]
    fn sequences_are_read() {
        for (raw, text) in [
            (r"A\F\B\S\C\T\D\R\E\E\F", r"A|B^C&D~E\F"),
            (r"\H\مهم\N\", "مهم"),
            (r"سطر\.br\آخر", "سطر\nآخر"),
            (r"\X0D\", "\r"),
            (r"\XD985\", "م"),
            // Not known, not even, not of the character set, not ended.
            (r"\Zab\", r"\Zab\"),
            (r"\XD9\", r"\XD9\"),
            (r"\X0\", r"\X0\"),
            (r"C:\temp", r"C:\temp"),
            (r"C:\temp\F\", r"C:\temp|"),
            (r"\", r"\"),
            (r"\\", r"\\"),
            (r"\X+1\", r"\X+1\"),
        ] {
            assert_eq!(read(raw), text, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let mut raw = String::new();
            escape(&text, &Separators::default(), &mut raw);
            let separates = raw.contains(['|', '^', '&', '~', '\r', '\u{b}', '\u{1c}']);
            prop_assert!(!separates);
            prop_assert_eq!(read(&raw), text);
        }

        #[test]
        fn no_raw_text_panics(raw in r"[\\XFST0-9a-f.br\u{600}-\u{6ff}]{0,40}") {
            read(&raw);
        }
    }
}
