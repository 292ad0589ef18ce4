//! Text from elsewhere in a line of ours: it neither turns the line around (UAX #9) nor commands the terminal.

use jisr_core::text::Locale;

const LEFT_TO_RIGHT: char = '\u{2066}';
const RIGHT_TO_LEFT: char = '\u{2067}';
const END: char = '\u{2069}';
const RIGHT_TO_LEFT_MARK: char = '\u{200f}';

/// Wraps a value so that it keeps its own direction: in Arabic always, in English when it is written right to left.
/// What could move the cursor or close the isolate early is taken out.
pub(crate) fn isolate(value: &str, locale: Locale) -> String {
    let value = clean(value);
    let right_to_left = value.chars().any(is_right_to_left);
    match (locale, right_to_left) {
        _ if value.is_empty() => value,
        (Locale::En, false) => value,
        (_, true) => format!("{RIGHT_TO_LEFT}{value}{END}"),
        (Locale::Ar, false) => format!("{LEFT_TO_RIGHT}{value}{END}"),
    }
}

/// A line that begins at the side where its language does, whatever its first letter.
pub(crate) fn line(text: &str, locale: Locale) -> String {
    match locale {
        Locale::Ar if !text.is_empty() => format!("{RIGHT_TO_LEFT_MARK}{text}"),
        _ => text.to_owned(),
    }
}

/// Without control characters: a department's words must not reach the terminal as commands.
fn clean(value: &str) -> String {
    let direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = value.chars().filter(|c| !direction(*c));
    shown.map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

/// Hebrew, Arabic and the scripts between them, and the presentation forms.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_keeps_its_own_direction() {
        for (value, ar, en) in [
            ("05T8-Q2KD-0A7", "\u{2066}05T8-Q2KD-0A7\u{2069}", "05T8-Q2KD-0A7"),
            ("بلدية دبي", "\u{2067}بلدية دبي\u{2069}", "\u{2067}بلدية دبي\u{2069}"),
            ("", "", ""),
            ("a\u{1b}[31m\u{2069}\u{202e}b\nc", "\u{2066}a[31mb c\u{2069}", "a[31mb c"),
        ] {
            assert_eq!(isolate(value, Locale::Ar), ar);
            assert_eq!(isolate(value, Locale::En), en);
        }
        assert_eq!(line("+1", Locale::Ar), "\u{200f}+1");
        assert_eq!(line("+1", Locale::En), "+1");
    }
}
