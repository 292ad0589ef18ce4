//! Times and spans, as people write them.

use std::time::Duration;

use jiff::tz::TimeZone;
use jisr_core::text::Locale;
use jisr_core::time::Timestamp;
use jisr_proto::convert;

use super::{bidi, say};

/// A moment on the reader's own clock, to the second; empty for none.
pub(crate) fn local(time: Option<&prost_types::Timestamp>, zone: &TimeZone) -> String {
    let moment = time.map(convert::time).and_then(|time| jiff::Timestamp::from_microsecond(time.as_micros()).ok());
    let zoned = moment.map(|moment| moment.to_zoned(zone.clone()));
    zoned.map(|zoned| zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// A moment for programs: RFC 3339 in UTC; empty for none.
pub(crate) fn exact(time: Option<&prost_types::Timestamp>) -> String {
    time.map(|time| convert::time(time).to_string()).unwrap_or_default()
}

/// From one moment to another; nothing where one is missing.
pub(crate) fn between(from: Option<&prost_types::Timestamp>, to: Option<&prost_types::Timestamp>) -> Option<Duration> {
    Some(moment(to)?.since(moment(from)?))
}

fn moment(time: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    time.map(convert::time)
}

/// How long, in the two largest units that matter: `412 ms`, `12.345 s`, `7 min 05 s`, `3 h 05 min`, `2 d 4 h`.
pub(crate) fn span(span: Duration, locale: Locale) -> String {
    let (millis, seconds) = (span.as_millis(), span.as_secs());
    let number = |number: String| bidi::isolate(&number, locale);
    let unit = |ar, en| say(locale, ar, en);
    let pair = |large: u64, large_unit, small: String, small_unit| {
        format!("{} {large_unit} {} {small_unit}", number(large.to_string()), number(small))
    };
    let (ms, s, min, h, d) = (unit("م.ث", "ms"), unit("ث", "s"), unit("د", "min"), unit("س", "h"), unit("ي", "d"));
    match seconds {
        0 => format!("{} {ms}", number(millis.to_string())),
        1..=59 => format!("{} {s}", number(format!("{seconds}.{:03}", span.subsec_millis()))),
        60..=3_599 => pair(seconds / 60, min, format!("{:02}", seconds % 60), s),
        3_600..=86_399 => pair(seconds / 3_600, h, format!("{:02}", seconds / 60 % 60), min),
        _ => pair(seconds / 86_400, d, (seconds / 3_600 % 24).to_string(), h),
    }
}

/// How long, for what is only looked at in passing: `12 s`, else as [`span`].
pub(crate) fn about(length: Duration, locale: Locale) -> String {
    match length.as_secs() {
        seconds @ 0..=59 => format!("{} {}", bidi::isolate(&seconds.to_string(), locale), say(locale, "ث", "s")),
        _ => span(length, locale),
    }
}

/// How long ago it was `now`, in passing; empty for no moment.
pub(crate) fn ago(time: Option<&prost_types::Timestamp>, now: Timestamp, locale: Locale) -> String {
    moment(time).map(|time| about(now.since(time), locale)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short_and_exact_enough() {
        for (millis, en, ar) in [
            (0, "0 ms", "\u{2066}0\u{2069} م.ث"),
            (412, "412 ms", "\u{2066}412\u{2069} م.ث"),
            (12_045, "12.045 s", "\u{2066}12.045\u{2069} ث"),
            (425_000, "7 min 05 s", "\u{2066}7\u{2069} د \u{2066}05\u{2069} ث"),
            (11_100_000, "3 h 05 min", "\u{2066}3\u{2069} س \u{2066}05\u{2069} د"),
            (187_200_000, "2 d 4 h", "\u{2066}2\u{2069} ي \u{2066}4\u{2069} س"),
        ] {
            assert_eq!(span(Duration::from_millis(millis), Locale::En), en);
            assert_eq!(span(Duration::from_millis(millis), Locale::Ar), ar);
        }
    }

    #[test]
    fn in_passing_seconds_are_enough() {
        for (millis, en) in [(412, "0 s"), (12_945, "12 s"), (425_000, "7 min 05 s"), (187_200_000, "2 d 4 h")] {
            assert_eq!(about(Duration::from_millis(millis), Locale::En), en);
        }
        let time = prost_types::Timestamp { seconds: 1_767_225_600, nanos: 0 };
        let now = convert::time(&time).plus(Duration::from_secs(5));
        assert_eq!(ago(Some(&time), now, Locale::En), "5 s");
        assert_eq!(ago(None, now, Locale::En), "");
    }

    #[test]
    fn times_are_local_for_people_and_exact_for_programs() {
        let time = prost_types::Timestamp { seconds: 1_767_225_600, nanos: 5_000 };
        let dubai = TimeZone::fixed(jiff::tz::offset(4));
        assert_eq!(local(Some(&time), &dubai), "2026-01-01 04:00:00");
        assert_eq!(exact(Some(&time)), "2026-01-01T00:00:00.000005Z");
        assert_eq!((local(None, &dubai), exact(None)), (String::new(), String::new()));
        assert_eq!(between(Some(&time), None), None);
    }
}
