//! What was probably meant, where the names there are can be counted.

use crate::output::{Output, bidi};

/// Names told at once where none is near.
const SHOWN: usize = 12;

/// `did you mean …?`, or the names there are; empty where there are none.
pub(super) fn instead_of(given: &str, known: &[&str], output: Output) -> String {
    if let Some(near) = nearest(given, known) {
        let near = bidi::isolate(near, output.locale);
        return format!("{} {near}{}", output.say("هل قصدت", "did you mean"), output.say("؟", "?"));
    }
    if known.is_empty() {
        return String::new();
    }
    let mut names: Vec<String> = known.iter().take(SHOWN).map(|name| bidi::isolate(name, output.locale)).collect();
    if known.len() > SHOWN {
        names.push("…".to_owned());
    }
    format!("{} {}", output.say("الموجود:", "there are:"), names.join(output.say("، ", ", ")))
}

/// The name that `given` is probably a slip for.
fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|name| (strsim::damerau_levenshtein(given, name), *name));
    let near = distances.min().filter(|(distance, _)| *distance <= 2.max(given.chars().count() / 3));
    near.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use jisr_core::text::Locale;

    use super::*;
    use crate::output::Format;

    #[test]
    fn a_slip_is_recognised_and_else_the_names_are_told() {
        let says = |locale| Output { format: Format::Human, locale };
        let known = ["health", "municipality", "residency"];
        assert_eq!(instead_of("munciipality", &known, says(Locale::En)), "did you mean municipality?");
        assert_eq!(instead_of("munciipality", &known, says(Locale::Ar)), "هل قصدت \u{2066}municipality\u{2069}؟");
        assert_eq!(instead_of("customs", &known, says(Locale::En)), "there are: health, municipality, residency");
        assert_eq!(instead_of("customs", &[], says(Locale::En)), "");
        assert!(instead_of("customs", &["a-department"; 13], says(Locale::En)).ends_with(", …"));
    }
}
