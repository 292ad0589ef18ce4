//! Puts the particulars of a case into a text of the catalogue, so that it reads right in either direction.

use crate::text::Locale;

const LEFT_TO_RIGHT: char = '\u{2066}';
const RIGHT_TO_LEFT: char = '\u{2067}';
const END: char = '\u{2069}';

/// Fills `{key}` from `value`; a part in `[…]` is left out when one of its keys has no value.
pub(super) fn fill(text: &str, locale: Locale, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    for (at, part) in text.split('[').enumerate() {
        let (optional, plain) = match (at, part.split_once(']')) {
            (0, _) | (_, None) => ("", part),
            (_, Some(parts)) => parts,
        };
        if let Some(optional) = placeholders(optional, locale, &value) {
            filled.push_str(&optional);
        }
        filled.push_str(&placeholders(plain, locale, &value).unwrap_or_else(|| plain.to_owned()));
    }
    filled
}

fn placeholders(text: &str, locale: Locale, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}')?;
        filled.push_str(before);
        filled.push_str(&isolate(&value(key)?, locale));
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

/// Wraps a value in Unicode isolates (UAX #9) so that it cannot turn the text around it: in Arabic always, in
/// English only when the value is in a script written from right to left.
pub(super) fn isolate(value: &str, locale: Locale) -> String {
    let is_right_to_left = value.chars().any(is_right_to_left);
    match (locale, is_right_to_left) {
        (Locale::En, false) => value.to_owned(),
        (_, true) => format!("{RIGHT_TO_LEFT}{}{END}", without_controls(value)),
        (Locale::Ar, false) => format!("{LEFT_TO_RIGHT}{}{END}", without_controls(value)),
    }
}

/// Hebrew, Arabic and the scripts between them, and the presentation forms.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// A value that brings direction controls of its own could close our isolate early.
fn without_controls(value: &str) -> String {
    value.chars().filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, locale: Locale) -> String {
        fill(text, locale, |key| match key {
            "no" => Some("A1-2".to_owned()),
            "name" => Some("بلدية دبي".to_owned()),
            "trick" => Some("x\u{2069}\u{202e}y".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn leaves_out_what_is_not_known() {
        for (text, expected) in [
            ("plain", "plain"),
            ("No {no}.", "No A1-2."),
            ("Sorry[, {other}]. Bye[ {no}].", "Sorry. Bye A1-2."),
            ("Both[: {no} {other}].", "Both."),
        ] {
            assert_eq!(filled(text, Locale::En), expected);
        }
    }

    #[test]
    fn values_cannot_turn_the_text_around() {
        assert_eq!(filled("المعاملة {no}.", Locale::Ar), "المعاملة \u{2066}A1-2\u{2069}.");
        assert_eq!(filled("الجهة {name}.", Locale::Ar), "الجهة \u{2067}بلدية دبي\u{2069}.");
        assert_eq!(filled("At {name}.", Locale::En), "At \u{2067}بلدية دبي\u{2069}.");
        assert_eq!(filled("قيمة {trick}", Locale::Ar), "قيمة \u{2066}xy\u{2069}");
    }
}
