//! What people's keyboards and copied texts put between and in place of the characters of a number.

/// Invisible marks of writing direction, which copying from Arabic text brings along.
pub(crate) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Hyphens and dashes of every width, and spaces used for them.
pub(crate) fn is_separator(c: char) -> bool {
    matches!(c, '-' | ' ' | '\u{00a0}' | '\u{00ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The ASCII digit that an ASCII, Arabic-Indic or Persian one stands for.
pub(crate) fn ascii_digit(c: char) -> Option<u8> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06f0}'..='\u{06f9}' => '\u{06f0}',
        _ => return None,
    };
    u8::try_from(u32::from(c) - u32::from(zero)).ok().map(|value| b'0' + value)
}
