//! Single values against what building control can hold: a failure names the field and the character, never the value.

use std::ops::RangeInclusive;

use super::Problem;

/// Holds a value against a shape in which `N` stands for an ASCII digit.
pub(super) fn shaped(field: &'static str, value: &str, shape: &str) -> Result<String, Problem> {
    let wrong = value.chars().zip(shape.chars()).find(|(c, expected)| match expected {
        'N' => !c.is_ascii_digit(),
        literal => c != literal,
    });
    match wrong {
        Some((stranger, _)) => Err(character(field, stranger, &format!("the form {shape}"))),
        None if value.chars().count() == shape.chars().count() => Ok(value.to_owned()),
        None => Err(Problem::Loss { field, what: format!("must be of the form {shape}") }),
    }
}

/// Holds a text against what XML 1.0 carries and what the column holds.
pub(super) fn carried(field: &'static str, value: &str, limit: usize) -> Result<String, Problem> {
    if let Some(stranger) = value.chars().find(|c| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{80}'..='\u{9f}'))
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    }) {
        return Err(character(field, stranger, "characters that XML can carry"));
    }
    // Counted as UTF-16, as the database behind building control does, so that nothing is cut there.
    if value.encode_utf16().count() > limit {
        return Err(Problem::Loss { field, what: format!("is longer than {limit} characters") });
    }
    Ok(value.to_owned())
}

/// A character that has no place in the field.
pub(super) fn character(field: &'static str, stranger: char, allowed: &str) -> Problem {
    Problem::Loss { field, what: format!("holds U+{:04X}; allowed: {allowed}", u32::from(stranger)) }
}

/// Holds a number that is a name, not a quantity, against how many ASCII digits it has.
pub(super) fn digits(field: &'static str, value: &str, length: RangeInclusive<usize>) -> Result<String, Problem> {
    if let Some(stranger) = value.chars().find(|c| !c.is_ascii_digit()) {
        return Err(character(field, stranger, "ASCII digits"));
    }
    if length.contains(&value.len()) {
        return Ok(value.to_owned());
    }
    let (from, to) = (length.start(), length.end());
    let what = if from == to { format!("must be {from} digits") } else { format!("must be {from} to {to} digits") };
    Err(Problem::Loss { field, what })
}

/// A decimal text stays a text from end to end, so no digit can be lost on the way.
pub(super) fn decimal(field: &'static str, value: &str, most: usize) -> Result<String, Problem> {
    if let Some(stranger) = value.chars().find(|c| !c.is_ascii_digit() && *c != '.') {
        return Err(character(field, stranger, "a decimal number of ASCII digits"));
    }
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let shaped = (1..=most).contains(&whole.len()) && (1..=2).contains(&fraction.len()) && !fraction.contains('.');
    let positive = value.bytes().any(|b| matches!(b, b'1'..=b'9'));
    if shaped && positive {
        return Ok(value.to_owned());
    }
    let what = format!("must be above zero, with at most {most} digits before and 2 behind the point");
    Err(Problem::Loss { field, what })
}
