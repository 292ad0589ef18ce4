//! Single values against what business licensing can hold: a failure names the field and the character, never the value.

use jisr_adapter::connectors::sql::LegacyText;
use prost_types::Struct;
use prost_types::value::Kind;

use super::Problem;

/// A text as bytes of the department's code page, if its column holds it.
pub(super) fn carried(field: &'static str, value: &str, limit: usize, text: LegacyText) -> Result<Vec<u8>, Problem> {
    let value = value.trim();
    if let Some(stranger) = value.chars().find(|c| c.is_control()) {
        return Err(character(field, stranger, "text in one line"));
    }
    let bytes = text.encode(value).map_err(|error| Problem::Loss { field, what: error.to_string() })?;
    if bytes.len() > limit {
        return Err(Problem::Loss { field, what: format!("is longer than {limit} characters") });
    }
    Ok(bytes)
}

/// A short text of ASCII letters, digits and hyphens: an official number.
pub(super) fn number(field: &'static str, value: &str, limit: usize) -> Result<String, Problem> {
    let value = value.trim();
    if let Some(stranger) = value.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        return Err(character(field, stranger, "ASCII letters, digits and hyphens"));
    }
    if value.len() > limit {
        return Err(Problem::Loss { field, what: format!("is longer than {limit} characters") });
    }
    Ok(value.to_owned())
}

/// A text of exactly so many ASCII digits, at the least and at the most.
pub(super) fn digits(field: &'static str, value: &str, least: usize, most: usize) -> Result<String, Problem> {
    if let Some(stranger) = value.chars().find(|c| !c.is_ascii_digit()) {
        return Err(character(field, stranger, "ASCII digits"));
    }
    if (least..=most).contains(&value.len()) {
        return Ok(value.to_owned());
    }
    Err(Problem::Loss { field, what: format!("must have {least} to {most} digits") })
}

/// A character that has no place in the field.
pub(super) fn character(field: &'static str, stranger: char, allowed: &str) -> Problem {
    Problem::Loss { field, what: format!("holds U+{:04X}; allowed: {allowed}", u32::from(stranger)) }
}

/// An answer of the form, where there is one.
pub(super) fn member<'a>(answers: &'a Struct, field: &'static str) -> Option<&'a Kind> {
    let key = field.rsplit('.').next().unwrap_or(field);
    let kind = answers.fields.get(key).and_then(|value| value.kind.as_ref());
    kind.filter(|kind| !matches!(kind, Kind::NullValue(_)))
}

/// A text of the form, where there is one.
pub(super) fn text<'a>(answers: &'a Struct, field: &'static str) -> Result<Option<&'a str>, Problem> {
    match member(answers, field) {
        None => Ok(None),
        Some(Kind::StringValue(text)) => Ok(Some(text.as_str()).filter(|text| !text.trim().is_empty())),
        Some(_) => Err(Problem::Loss { field, what: "must be a text".into() }),
    }
}

/// Something the department requires and the form may have left open.
pub(super) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or(Problem::Missing {
        field,
        ask: [
            "يرجى استكمال هذا الحقل، فهو مطلوب لدى دائرة الاقتصاد",
            "Please fill in this field; the Department of Economy requires it",
        ],
    })
}
