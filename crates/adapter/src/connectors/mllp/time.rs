//! HL7's dates and times: `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]` (v2.5.1, 2.A.22), as precise as they say.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// An instant to the second, with the zone it is written in: never left to be guessed.
#[must_use]
pub fn write_time(time: Timestamp, zone: Offset) -> String {
    time.to_zoned(TimeZone::fixed(zone)).strftime("%Y%m%d%H%M%S%z").to_string()
}

/// An instant; `zone` is the site's, for those that do not say. What is not given is the first of its kind. Nothing when it
/// is no time, or less precise than a day.
#[must_use]
pub fn read_time(text: &str, zone: Offset) -> Option<Timestamp> {
    let (digits, zone) = match text.find(['+', '-']) {
        None => (text, zone),
        Some(at) => {
            let hours = part(text, at + 1, 2)?;
            let minutes = part(text, at + 3, 2)?;
            if text.len() != at + 5 || hours > 14 || minutes > 59 {
                return None;
            }
            let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
            (&text[..at], Offset::from_seconds(if text[at..].starts_with('-') { -seconds } else { seconds }).ok()?)
        }
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let fractional = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !fractional || !matches!(whole.len(), 8 | 10 | 12 | 14) {
        return None;
    }
    let small = |at| i8::try_from(if at < whole.len() { part(whole, at, 2)? } else { 0 }).ok();
    let year = part(whole, 0, 4)?;
    let time = DateTime::new(year, small(4)?, small(6)?, small(8)?, small(10)?, small(12)?, 0).ok()?;
    zone.to_timestamp(time).ok()
}

fn part(text: &str, at: usize, length: usize) -> Option<i16> {
    let digits = text.get(at..at + length)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUBAI: Offset = Offset::constant(4);

    #[test]
    fn times_are_read_in_every_precision_and_zone() {
        for (text, expected) in [
            ("20260302101500+0400", "2026-03-02T06:15:00Z"),
            ("20260302101500", "2026-03-02T06:15:00Z"),
            ("20260302061500.1234+0000", "2026-03-02T06:15:00Z"),
            ("202603021145+0530", "2026-03-02T06:15:00Z"),
            ("2026030210-0400", "2026-03-02T14:00:00Z"),
            ("20260302", "2026-03-01T20:00:00Z"),
        ] {
            assert_eq!(read_time(text, DUBAI).map(|time| time.to_string()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2026",
            "202603",
            "20261302",
            "20260230",
            "2026030224",
            "20260302+04",
            "٢٠٢٦٠٣٠٢",
            "20260302.",
            "+0400",
            "2026-03-02",
            "20260302101500+9900",
        ] {
            assert_eq!(read_time(text, DUBAI), None, "{text}");
        }
    }

    #[test]
    fn times_are_written_with_their_zone() {
        let time = "2026-03-01T22:34:58.417Z".parse().unwrap();
        assert_eq!(write_time(time, DUBAI), "20260302023458+0400");
    }
}
