//! Opening hours: the structure that calendars compute with, and its wording for people.

use std::fmt;
use std::fmt::Write as _;

use jisr_core::text::LocalizedText;

use super::reader::Item;
use super::report::Report;

/// The week, Monday first (ISO 8601).
const DAYS: [(&str, &str, &str); 7] = [
    ("monday", "الاثنين", "Monday"),
    ("tuesday", "الثلاثاء", "Tuesday"),
    ("wednesday", "الأربعاء", "Wednesday"),
    ("thursday", "الخميس", "Thursday"),
    ("friday", "الجمعة", "Friday"),
    ("saturday", "السبت", "Saturday"),
    ("sunday", "الأحد", "Sunday"),
];

const MINUTES_PER_DAY: u16 = 24 * 60;

/// When a place is open, week after week, in its own local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningHours {
    /// IANA name of the time zone, such as `Asia/Dubai`.
    pub time_zone: String,
    /// The intervals of each day, Monday first, in order and apart; an empty day is closed.
    pub days: [Vec<Interval>; 7],
}

/// A stretch of one day, in minutes after midnight; the end is not part of it and is at most 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// Opens.
    pub from: u16,
    /// Closes.
    pub to: u16,
}

impl Interval {
    /// Reads `07:30-15:30`; `24:00` is the end of the day.
    fn read(text: &str) -> Result<Self, &'static str> {
        let minute = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            if !digits(hour) || !digits(minute) {
                return None;
            }
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            let total = hour * 60 + minute;
            (minute < 60 && total <= MINUTES_PER_DAY).then_some(total)
        };
        text.split_once('-')
            .and_then(|(from, to)| Some(Self { from: minute(from)?, to: minute(to)? }))
            .filter(|interval| interval.from < interval.to)
            .ok_or(
                "write an interval of one day such as 07:30-15:30; past midnight, end at 24:00 and go on the next day",
            )
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}–{:02}:{:02}", self.from / 60, self.from % 60, self.to / 60, self.to % 60)
    }
}

impl OpeningHours {
    /// Reads the `opening_hours` table: a time zone and all seven days.
    pub(super) fn read(item: &Item<'_>, report: &mut Report) -> Option<Self> {
        let mut fields = item.fields(report)?;
        let time_zone = fields.required("time_zone", report).and_then(|item| item.parse(report, time_zone));
        let days = DAYS.map(|(name, _, _)| {
            let item = fields.required(name, report)?;
            let intervals = item.set(report, |item, report| item.parse(report, Interval::read))?;
            if intervals.windows(2).any(|pair| pair[0].to > pair[1].from) {
                item.error(report, "the intervals must be in order and must not overlap");
            }
            Some(intervals)
        });
        fields.close(report);
        let days: Vec<_> = days.into_iter().collect::<Option<_>>()?;
        Some(Self { time_zone: time_zone?, days: days.try_into().ok()? })
    }

    /// The hours in words, neighbouring days with equal hours taken together.
    #[must_use]
    pub fn words(&self) -> LocalizedText {
        let (mut ar, mut en) = (String::new(), String::new());
        let mut first = 0;
        while first < 7 {
            let mut last = first;
            while last < 6 && self.days[last + 1] == self.days[first] {
                last += 1;
            }
            if first > 0 {
                ar.push_str("؛ ");
                en.push_str("; ");
            }
            let ((_, from_ar, from_en), (_, to_ar, to_en)) = (DAYS[first], DAYS[last]);
            // Writing to a String cannot fail.
            let _ = match last - first {
                6 => write!(ar, "يوميًا").and(write!(en, "Daily")),
                0 => write!(ar, "{from_ar}").and(write!(en, "{from_en}")),
                1 => write!(ar, "{from_ar} و{to_ar}").and(write!(en, "{from_en} and {to_en}")),
                _ => write!(ar, "من {from_ar} إلى {to_ar}").and(write!(en, "{from_en} to {to_en}")),
            };
            let intervals: Vec<String> = self.days[first].iter().map(ToString::to_string).collect();
            let _ = if intervals.is_empty() {
                write!(ar, " مغلق").and(write!(en, " closed"))
            } else {
                write!(ar, " {}", intervals.join(" و")).and(write!(en, " {}", intervals.join(" and ")))
            };
            first = last + 1;
        }
        LocalizedText::bilingual(ar, en)
    }
}

fn time_zone(text: &str) -> Result<String, &'static str> {
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    let named = text == "UTC" || (text.contains('/') && text.split('/').all(part));
    if named { Ok(text.to_owned()) } else { Err("write an IANA time zone such as Asia/Dubai") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(u16, u16)>) {
        assert_eq!(Interval::read(text).ok().map(|i| (i.from, i.to)), expected, "{text}");
    }

    #[test]
    fn reads_intervals_of_one_day() {
        check("07:30-15:30", Some((450, 930)));
        check("00:00-24:00", Some((0, 1440)));
        for refused in
            ["", "07:30", "7:30-15:30", "15:30-07:30", "07:30-07:30", "07:60-08:00", "23:00-24:01", "٠٧:٣٠-١٥:٣٠"]
        {
            check(refused, None);
        }
    }

    #[test]
    fn words_take_equal_neighbours_together() {
        let day = |text: &str| vec![Interval::read(text).unwrap()];
        let (long, short) = (day("07:30-15:30"), day("07:30-12:00"));
        let days = [long.clone(), long.clone(), long.clone(), long, short, vec![], vec![]];
        let words = OpeningHours { time_zone: "Asia/Dubai".to_owned(), days }.words();
        assert_eq!(
            words.in_locale(jisr_core::text::Locale::En),
            "Monday to Thursday 07:30–15:30; Friday 07:30–12:00; Saturday and Sunday closed"
        );
        assert_eq!(
            words.in_locale(jisr_core::text::Locale::Ar),
            "من الاثنين إلى الخميس 07:30–15:30؛ الجمعة 07:30–12:00؛ السبت والأحد مغلق"
        );
    }
}
