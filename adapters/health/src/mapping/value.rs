//! Single values against what the hospital can hold: a failure names the field and the character, never the value.

use jisr_adapter::connectors::mllp::CharacterSet;
use jisr_adapter::proto::google::r#type::Date;

use super::Problem;

/// Holds a text against the character set and the length of its field.
pub(super) fn carried(
    field: &'static str,
    value: &str,
    limit: usize,
    charset: CharacterSet,
) -> Result<String, Problem> {
    if let Some(stranger) = value.chars().find(|c| c.is_control() || !charset.holds(*c)) {
        let what = format!("holds U+{:04X}, which {} does not have", u32::from(stranger), charset.label());
        return Err(Problem::Loss { field, what });
    }
    if value.chars().count() > limit {
        return Err(Problem::Loss { field, what: format!("is longer than {limit} characters") });
    }
    Ok(value.to_owned())
}

/// Holds a number of an identity document: ASCII letters, digits and hyphens.
pub(super) fn number(field: &'static str, value: &str) -> Result<String, Problem> {
    if let Some(stranger) = value.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        let what = format!("holds U+{:04X}; allowed: ASCII letters, digits and hyphens", u32::from(stranger));
        return Err(Problem::Loss { field, what });
    }
    // As long as the hospital's column; CX.1 itself has no limit that systems agree on.
    carried(field, value, 20, CharacterSet::ASCII)
}

/// A date, only as precise as it is: HL7 can say a year alone.
pub(super) fn partial_date(field: &'static str, date: Date) -> Result<String, Problem> {
    let wrong = || Problem::Loss { field, what: "is no date".into() };
    let part = |value: i32, last: i8| i8::try_from(value).ok().filter(|value| (1..=last).contains(value));
    let year = Some(date.year).filter(|year| (1850..=9999).contains(year)).ok_or_else(wrong)?;
    match (date.month, date.day) {
        (0, 0) => Ok(format!("{year:04}")),
        (month, 0) => Ok(format!("{year:04}{:02}", part(month, 12).ok_or_else(wrong)?)),
        (month, day) => {
            let (month, day) = (part(month, 12).ok_or_else(wrong)?, part(day, 31).ok_or_else(wrong)?);
            let whole = i16::try_from(year).ok().and_then(|year| jiff::civil::Date::new(year, month, day).ok());
            whole.map(|date| date.strftime("%Y%m%d").to_string()).ok_or_else(wrong)
        }
    }
}

/// An RFC 3339 full date as HL7 writes it.
pub(super) fn full_date(field: &'static str, value: &str) -> Result<String, Problem> {
    let shaped = value.len() == 10 && value.is_ascii();
    let date = shaped.then(|| value.parse::<jiff::civil::Date>().ok()).flatten();
    date.map(|date| date.strftime("%Y%m%d").to_string())
        .ok_or_else(|| Problem::Loss { field, what: "must be a date of the form YYYY-MM-DD, in ASCII digits".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_precise_as_they_are_known() {
        let date = |year, month, day| partial_date("birth_date", Date { year, month, day });
        assert_eq!(date(1990, 5, 17).as_deref(), Ok("19900517"));
        assert_eq!(date(1990, 5, 0).as_deref(), Ok("199005"));
        assert_eq!(date(1990, 0, 0).as_deref(), Ok("1990"));
        for (year, month, day) in [(0, 5, 17), (1990, 13, 1), (1990, 2, 30), (1990, 0, 5), (1990, -1, 1)] {
            assert!(date(year, month, day).is_err(), "{year}-{month}-{day}");
        }
        assert_eq!(full_date("preferred_date", "2026-03-02").as_deref(), Ok("20260302"));
        for wrong in ["", "2026-02-30", "02/03/2026", "٢٠٢٦-٠٣-٠٢", "2026-03-02T10:00"] {
            assert!(full_date("preferred_date", wrong).is_err(), "{wrong}");
        }
    }
}
