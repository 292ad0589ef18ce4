//! Single values against what the inspection system can hold: a failure names the field and the character, never the
//! value.

use jisr_adapter::connectors::amqp::Charset;
use jisr_adapter::proto::v1::LocalizedText;

use super::Problem;

/// Longest text taken over from the department, in characters.
const TEXT_LIMIT: usize = 1_000;

/// Holds a text against what one line of a message can carry, and what the column behind it holds.
pub(super) fn carried(field: &'static str, value: &str, limit: usize, charset: Charset) -> Result<String, Problem> {
    if let Some(stranger) = value.chars().find(|character| character.is_control()) {
        let what = format!("holds U+{:04X}; a line of a message holds no control character", u32::from(stranger));
        return Err(Problem::Loss { field, what });
    }
    charset.encode(value).map_err(|lost| Problem::Loss { field, what: lost.to_string() })?;
    if value.chars().count() > limit {
        return Err(Problem::Loss { field, what: format!("is longer than {limit} characters") });
    }
    Ok(value.to_owned())
}

/// The department's own words for people: without controls that would turn or hide text, and not without end.
pub(super) fn localized(arabic: &str, english: &str) -> Vec<LocalizedText> {
    let clean = |text: &str| {
        let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| {
            !c.is_control()
                && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        kept.take(TEXT_LIMIT).collect::<String>().trim().to_owned()
    };
    [(arabic, "ar"), (english, "en")]
        .into_iter()
        .map(|(text, language)| (clean(text), language))
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, language)| LocalizedText { text, language_code: language.into() })
        .collect()
}
