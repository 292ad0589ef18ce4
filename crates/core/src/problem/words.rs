//! Counted nouns. Arabic has a dual, a plural for 3 to 10 and a singular beyond; the forms follow CLDR's plural rules.

use std::time::Duration;

use crate::text::Locale;

/// A noun and its forms. The dual stands alone, without its number.
pub(super) struct Noun {
    one: &'static str,
    two: &'static str,
    few: &'static str,
    many: &'static str,
    other: &'static str,
    en: [&'static str; 2],
}

/// Nominative: "the limit is …".
pub(super) const CHARACTERS: Noun =
    Noun {
        one: "حرف واحد", two: "حرفان", few: "أحرف", many: "حرفًا", other: "حرف", en: ["character", "characters"]
    };

/// Nominative: "the limit is …".
pub(super) const ITEMS: Noun =
    Noun {
        one: "عنصر واحد", two: "عنصران", few: "عناصر", many: "عنصرًا", other: "عنصر", en: ["item", "items"]
    };

/// Genitive, as are minutes and hours: "after …".
const SECONDS: Noun =
    Noun {
        one: "ثانية واحدة", two: "ثانيتين", few: "ثوانٍ", many: "ثانية", other: "ثانية", en: ["second", "seconds"]
    };

const MINUTES: Noun =
    Noun {
        one: "دقيقة واحدة", two: "دقيقتين", few: "دقائق", many: "دقيقة", other: "دقيقة", en: ["minute", "minutes"]
    };

const HOURS: Noun =
    Noun {
        one: "ساعة واحدة", two: "ساعتين", few: "ساعات", many: "ساعة", other: "ساعة", en: ["hour", "hours"]
    };

/// The number with its noun.
pub(super) fn count(number: u64, noun: &Noun, locale: Locale) -> String {
    match (locale, number, number % 100) {
        (Locale::En, 1, _) => format!("1 {}", noun.en[0]),
        (Locale::En, _, _) => format!("{number} {}", noun.en[1]),
        (Locale::Ar, 1, _) => noun.one.to_owned(),
        (Locale::Ar, 2, _) => noun.two.to_owned(),
        (Locale::Ar, _, 3..=10) => format!("{number} {}", noun.few),
        (Locale::Ar, _, 11..=99) => format!("{number} {}", noun.many),
        (Locale::Ar, _, _) => format!("{number} {}", noun.other),
    }
}

/// A waiting time as one would say it, rounded up to its largest sensible unit, at least a second.
pub(super) fn duration(duration: Duration, locale: Locale) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    match seconds {
        0..=119 => count(seconds.max(1), &SECONDS, locale),
        120..=7_199 => count(seconds.div_ceil(60), &MINUTES, locale),
        _ => count(seconds.div_ceil(3_600), &HOURS, locale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_counts_agree() {
        for (number, expected) in [
            (0, "0 حرف"),
            (1, "حرف واحد"),
            (2, "حرفان"),
            (3, "3 أحرف"),
            (10, "10 أحرف"),
            (11, "11 حرفًا"),
            (99, "99 حرفًا"),
            (100, "100 حرف"),
            (102, "102 حرف"),
            (110, "110 أحرف"),
            (250, "250 حرفًا"),
        ] {
            assert_eq!(count(number, &CHARACTERS, Locale::Ar), expected);
        }
    }

    #[test]
    fn waiting_times_are_said_as_people_say_them() {
        for (millis, ar, en) in [
            (0, "ثانية واحدة", "1 second"),
            (1_500, "ثانيتين", "2 seconds"),
            (30_000, "30 ثانية", "30 seconds"),
            (121_000, "3 دقائق", "3 minutes"),
            (7_200_000, "ساعتين", "2 hours"),
        ] {
            let delay = Duration::from_millis(millis);
            assert_eq!((duration(delay, Locale::Ar).as_str(), duration(delay, Locale::En).as_str()), (ar, en));
        }
    }
}
