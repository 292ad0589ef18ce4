//! Single values against what the mainframe can hold: a failure names the field and the character, never the value.

use super::Problem;

/// Holds a value against a shape in which `N` stands for an ASCII digit; gives its digits.
pub(super) fn digits(field: &'static str, value: &str, shape: &str) -> Result<String, Problem> {
    let wrong = value.chars().zip(shape.chars()).find(|(character, expected)| match expected {
        'N' => !character.is_ascii_digit(),
        literal => character != literal,
    });
    match wrong {
        Some((stranger, _)) => {
            let what = format!("holds U+{:04X}; allowed: the form {shape}", u32::from(stranger));
            Err(Problem::Loss { field, what })
        }
        None if value.chars().count() == shape.chars().count() => {
            Ok(value.chars().filter(char::is_ascii_digit).collect())
        }
        None => Err(Problem::Loss { field, what: format!("must be of the form {shape}") }),
    }
}
