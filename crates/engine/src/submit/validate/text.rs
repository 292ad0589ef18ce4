//! Checks that many fields share: texts, languages, choices, dates and times.

use std::time::Duration;

use jisr_core::problem::{Rule, Thing};
use jisr_core::text::Language;
use jisr_core::time::Timestamp;
use jisr_proto::google::r#type::Date;
use jisr_proto::{convert, v1};

use super::found::Found;
use super::path::Path;

/// The day has begun everywhere this long before it has in UTC, and has ended everywhere as long after.
const EVERYWHERE: Duration = Duration::from_secs(14 * 3600);

/// A single line: brought into order, then at most `max` characters and no control characters.
pub(super) fn line(text: &mut String, max: usize, path: Path<'_>, found: &mut Found<'_>) {
    tidy(text);
    // Bytes first: characters are counted only where that leaves a doubt.
    if text.len() > max && text.chars().nth(max).is_some() {
        found.wrong(path, Rule::TooLong { max: max as u64 });
    } else if text.chars().any(char::is_control) {
        found.wrong(path, Rule::Pattern { expected: String::new() });
    }
}

/// A [`line`] that must be there.
pub(super) fn required(text: &mut String, max: usize, path: Path<'_>, found: &mut Found<'_>) {
    line(text, max, path, found);
    if text.is_empty() {
        found.wrong(path, Rule::Required);
    }
}

/// Several lines: as [`line`], with tabs and line ends.
pub(super) fn lines(text: &mut String, max: usize, path: Path<'_>, found: &mut Found<'_>) {
    tidy(text);
    if text.len() > max && text.chars().nth(max).is_some() {
        found.wrong(path, Rule::TooLong { max: max as u64 });
    } else if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        found.wrong(path, Rule::Pattern { expected: String::new() });
    }
}

/// Takes away what nobody sees and nobody meant: space around, and the marks of direction that copying from Arabic
/// text brings along.
pub(super) fn tidy(text: &mut String) {
    let mark = |c: char| matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if text.contains(mark) {
        text.retain(|c| !mark(c));
    }
    let trimmed = text.trim();
    if trimmed.len() < text.len() {
        *text = trimmed.to_owned();
    }
}

/// Whether a list has no more than `max` items; a longer one is not looked into.
pub(super) fn few<T>(list: &[T], max: usize, path: Path<'_>, found: &mut Found<'_>) -> bool {
    let few = list.len() <= max;
    if !few {
        found.wrong(path, Rule::TooMany { max: max as u64 });
    }
    few
}

/// Whether an earlier item of the list is the `same`. For lists that are known to be short.
pub(super) fn repeated<T>(list: &[T], index: usize, same: impl Fn(&T, &T) -> bool) -> bool {
    list[..index].iter().any(|earlier| same(earlier, &list[index]))
}

/// A language tag, brought into its one spelling.
pub(super) fn language(tag: &mut String, path: Path<'_>, found: &mut Found<'_>) {
    match tag.as_str() {
        "ar" | "en" => {}
        "" => found.wrong(path, Rule::Required),
        given => match given.parse::<Language>() {
            Ok(known) if known.as_str() == given => {}
            Ok(known) => *tag = known.to_string(),
            Err(_) => found.wrong(path, Rule::Malformed { what: Thing::Language }),
        },
    }
}

/// A text in several languages, each once and each there.
pub(super) fn localized(
    texts: &mut [v1::LocalizedText],
    max: usize,
    above: Path<'_>,
    name: &str,
    found: &mut Found<'_>,
) {
    if !few(texts, MAX_LANGUAGES, above.field(name), found) {
        return;
    }
    for index in 0..texts.len() {
        let path = above.item(name, index);
        language(&mut texts[index].language_code, path.field("language_code"), found);
        required(&mut texts[index].text, max, path.field("text"), found);
        if repeated(texts, index, |a, b| a.language_code == b.language_code) {
            found.wrong(path.field("language_code"), Rule::Duplicate);
        }
    }
}

/// In so many languages at most one text or name may be given.
pub(super) const MAX_LANGUAGES: usize = 10;

/// A value of an enumeration, which must be one this version knows and not UNSPECIFIED.
pub(super) fn choice<E>(number: i32, name: fn(&E) -> &'static str, path: Path<'_>, found: &mut Found<'_>) -> Option<E>
where
    E: TryFrom<i32>,
{
    if number == 0 {
        found.wrong(path, Rule::Required);
        return None;
    }
    known(number, name, path, found)
}

/// A value of an enumeration, which must be one this version knows.
pub(super) fn known<E>(number: i32, name: fn(&E) -> &'static str, path: Path<'_>, found: &mut Found<'_>) -> Option<E>
where
    E: TryFrom<i32>,
{
    let value = E::try_from(number).ok();
    if value.is_none() {
        let allowed = (1..).map_while(|number| E::try_from(number).ok());
        let allowed = allowed.map(|value| name(&value).to_owned()).collect();
        found.wrong(path, Rule::NotOneOf { allowed });
    }
    value
}

/// A whole calendar date, if given: its first moment in UTC.
pub(super) fn date(given: Option<&Date>, path: Path<'_>, found: &mut Found<'_>) -> Option<Timestamp> {
    let given = given?;
    let first = first_moment(given.year, given.month, given.day);
    if first.is_none() {
        found.wrong(path, Rule::Malformed { what: Thing::Date });
    }
    first
}

/// A calendar date of which day, or month and day, may be unknown (0), if given; it must have come.
pub(super) fn past_date(given: Option<&Date>, path: Path<'_>, now: Timestamp, found: &mut Found<'_>) {
    let Some(given) = given else { return };
    let first = match (given.month, given.day) {
        (0, 0) => first_moment(given.year, 1, 1),
        (month, 0) => first_moment(given.year, month, 1),
        (month, day) => first_moment(given.year, month, day),
    };
    match first {
        None => found.wrong(path, Rule::Malformed { what: Thing::Date }),
        Some(first) if first > now.plus(EVERYWHERE) => found.wrong(path, Rule::NotInPast),
        Some(_) => {}
    }
}

/// A last day of validity, if given; it must not be over.
pub(super) fn last_day(given: Option<&Date>, path: Path<'_>, now: Timestamp, found: &mut Found<'_>) {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    if date(given, path, found).is_some_and(|first| first.plus(DAY).plus(EVERYWHERE) < now) {
        found.wrong(path, Rule::NotInFuture);
    }
}

/// Core's reader knows which days there are.
fn first_moment(year: i32, month: i32, day: i32) -> Option<Timestamp> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T00:00:00Z")).ok()
}

/// A point in time, if given.
pub(super) fn moment(
    given: Option<&prost_types::Timestamp>,
    path: Path<'_>,
    found: &mut Found<'_>,
) -> Option<Timestamp> {
    let given = given?;
    let seconds = |time: Timestamp| time.as_seconds_nanos().0;
    let range = seconds(Timestamp::MIN)..=seconds(Timestamp::MAX);
    if !range.contains(&given.seconds) || !(0..1_000_000_000).contains(&given.nanos) {
        found.wrong(path, Rule::Malformed { what: Thing::Timestamp });
        return None;
    }
    Some(convert::time(given))
}
