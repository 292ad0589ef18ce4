//! Single values against what the permit system can hold: a failure names the field and the character, never the value.

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

/// Holds a text against what the column holds. JSON carries every character, but a control is none that a form should.
pub(super) fn carried(field: &'static str, value: &str, limit: usize) -> Result<String, Problem> {
    let value = value.trim();
    if let Some(stranger) = value.chars().find(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
        return Err(character(field, stranger, "text without control characters"));
    }
    // Counted as UTF-16, as the database behind the permit system does, so that nothing is cut there.
    if value.encode_utf16().count() > limit {
        return Err(Problem::Loss { field, what: format!("is longer than {limit} characters") });
    }
    Ok(value.to_owned())
}

/// A character that has no place in the field.
pub(super) fn character(field: &'static str, stranger: char, allowed: &str) -> Problem {
    Problem::Loss { field, what: format!("holds U+{:04X}; allowed: {allowed}", u32::from(stranger)) }
}
