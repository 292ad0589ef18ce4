//! The Emirates ID number, 784-YYYY-NNNNNNN-C, as people type it and as departments keep it.

use std::fmt;

use crate::typed::{ascii_digit, is_direction_mark, is_separator};

/// The country's ISO 3166 number, with which every Emirates ID begins.
const COUNTRY: &[u8] = b"784";

/// An Emirates ID number of the right shape. That it was typed does not mean that it was verified.
///
/// The four digits after 784 need not be the holder's year of birth. `Debug` and `Display` show the number: it is
/// personal data, so wrap it before it goes to a log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmiratesId([u8; 15]);

/// What a typed text turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A number of the right shape.
    Id {
        /// The number in its one form.
        canonical: EmiratesId,
        /// Whether the last digit is the Luhn digit of the others. False is a warning and no error: numbers the
        /// national service itself publishes as samples fail it.
        luhn_ok: bool,
    },
    /// A stand-in for "no card", such as all zeros: a gap, not an identifier.
    Placeholder,
}

/// The text has not the shape of an Emirates ID number. The text itself is personal data and not repeated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Something other than digits and the separators of 784-YYYY-NNNNNNN-C.
    #[error("an Emirates ID number holds digits and hyphens only")]
    Character,
    /// Not fifteen digits.
    #[error("an Emirates ID number has 15 digits, not {0}")]
    Length(usize),
    /// Separators that stand elsewhere than in 784-YYYY-NNNNNNN-C.
    #[error("the hyphens of an Emirates ID number stand as in 784-YYYY-NNNNNNN-C")]
    Grouping,
    /// The first three digits are not 784.
    #[error("an Emirates ID number begins with 784")]
    Country,
}

impl EmiratesId {
    /// Reads a number with or without hyphens.
    ///
    /// Taken as well: spaces around and for hyphens, other dashes, the direction marks that copying from Arabic text
    /// brings along, and Arabic-Indic or Persian digits, as Arabic keyboards type them.
    ///
    /// # Errors
    /// [`Malformed`] when the shape is another.
    pub fn parse(text: &str) -> Result<Parsed, Malformed> {
        let mut digits = [0; 15];
        let mut count = 0;
        let mut separators = [0; 15];
        let mut pending = 0;
        for c in text.trim_matches(is_around).chars().filter(|&c| !is_direction_mark(c)) {
            if is_separator(c) {
                pending += 1;
                continue;
            }
            let digit = ascii_digit(c).ok_or(Malformed::Character)?;
            if count < digits.len() {
                digits[count] = digit;
                separators[count] = pending;
            }
            count += 1;
            pending = 0;
        }
        if count != digits.len() {
            return Err(Malformed::Length(count));
        }
        let hyphenated = |at: usize| matches!(at, 3 | 7 | 14);
        let grouped = (0..15).all(|at| separators[at] == i32::from(hyphenated(at)));
        if pending > 0 || !(grouped || separators == [0; 15]) {
            return Err(Malformed::Grouping);
        }
        Self::from_digits(digits)
    }

    fn from_digits(digits: [u8; 15]) -> Result<Parsed, Malformed> {
        // Health authorities and old systems write 000-…-0, 111-…-1, 222-…-2 and 999-…-9 for people without a card;
        // others keep the 784 in front of the zeros.
        let same = |digits: &[u8]| digits.iter().all(|&digit| digit == digits[0]);
        if same(&digits) || digits[3..].iter().all(|&digit| digit == b'0') {
            return Ok(Parsed::Placeholder);
        }
        if !digits.starts_with(COUNTRY) {
            return Err(Malformed::Country);
        }
        Ok(Parsed::Id { canonical: Self(digits), luhn_ok: luhn(&digits) })
    }

    /// The fifteen digits without hyphens, as many departments' systems keep them.
    #[must_use]
    pub fn digits(&self) -> &str {
        std::str::from_utf8(&self.0).expect("fifteen ASCII digits")
    }
}

/// 784-YYYY-NNNNNNN-C.
impl fmt::Display for EmiratesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        write!(f, "{}-{}-{}-{}", &digits[..3], &digits[3..7], &digits[7..14], &digits[14..])
    }
}

impl fmt::Debug for EmiratesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn is_around(c: char) -> bool {
    c.is_whitespace() || is_direction_mark(c)
}

/// ISO/IEC 7812-1 annex B over all digits, the check digit last.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(digit - b'0')) {
            (0, value) => value,
            (_, value) if value > 4 => value * 2 - 9,
            (_, value) => value * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Option<(String, bool)> {
        match EmiratesId::parse(text) {
            Ok(Parsed::Id { canonical, luhn_ok }) => Some((canonical.to_string(), luhn_ok)),
            _ => None,
        }
    }

    #[test]
    fn reads_what_people_type() {
        for text in [
            "784-1990-1234567-6",
            "784199012345676",
            "  784-1990-1234567-6\t",
            "784 1990 1234567 6",
            "784–1990–1234567–6",
            "٧٨٤-١٩٩٠-١٢٣٤٥٦٧-٦",
            "۷۸۴۱۹۹۰۱۲۳۴۵۶۷۶",
            "\u{200f}784-1990-1234567-6\u{200e}",
            "\u{2066}784-1990-1234567-6\u{2069} ",
        ] {
            assert_eq!(canonical(text), Some(("784-1990-1234567-6".to_owned(), true)), "{text}");
        }
    }

    #[test]
    fn a_wrong_luhn_digit_is_only_a_warning() {
        assert_eq!(canonical("784-1990-1234567-1"), Some(("784-1990-1234567-1".to_owned(), false)));
    }

    #[test]
    fn stand_ins_are_gaps() {
        for text in
            ["000-0000-0000000-0", "111-1111-1111111-1", "222222222222222", "٩٩٩-٩٩٩٩-٩٩٩٩٩٩٩-٩", "784-0000-0000000-0"]
        {
            assert_eq!(EmiratesId::parse(text), Ok(Parsed::Placeholder), "{text}");
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        for (text, why) in [
            ("", Malformed::Length(0)),
            ("784-1990-1234567", Malformed::Length(14)),
            ("784-1990-1234567-66", Malformed::Length(16)),
            ("78-41990-1234567-6", Malformed::Grouping),
            ("784--1990-1234567-6", Malformed::Grouping),
            ("784-1990-12345676", Malformed::Grouping),
            ("784-1990-1234567-6-", Malformed::Grouping),
            ("-784-1990-1234567-6", Malformed::Grouping),
            ("785-1990-1234567-6", Malformed::Country),
            ("784-1990-12345O7-6", Malformed::Character),
            ("784/1990/1234567/6", Malformed::Character),
            ("هوية", Malformed::Character),
        ] {
            assert_eq!(EmiratesId::parse(text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_reads_back(rest in "[0-9]{12}") {
            if let Ok(Parsed::Id { canonical, luhn_ok }) = EmiratesId::parse(&format!("784{rest}")) {
                prop_assert_eq!(EmiratesId::parse(&canonical.to_string()), Ok(Parsed::Id { canonical, luhn_ok }));
                prop_assert_eq!(canonical.digits(), format!("784{rest}"));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = EmiratesId::parse(&text);
        }
    }
}
