//! Moments as operators type them: so long ago, on their own clock, or in RFC 3339.

use jiff::civil;
use jiff::tz::TimeZone;
use jisr_core::time::Timestamp;

use super::duration;

/// `--since` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// So long before the command began.
    Ago(std::time::Duration),
    /// A moment of its own.
    At(Timestamp),
}

impl Moment {
    /// The moment it is, when it is now `now`.
    pub(crate) fn given(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(span) => now.minus(span),
            Self::At(moment) => moment,
        }
    }
}

/// Reads one, on the clock of this machine.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    read(text.trim(), &TimeZone::system()).ok_or_else(|| {
        "give how long ago, such as 2h or 1h 30m, a moment on your clock such as '2026-03-01 07:30', or RFC 3339 such \
         as 2026-03-01T07:30:00+04:00"
            .to_owned()
    })
}

fn read(text: &str, zone: &TimeZone) -> Option<Moment> {
    if let Ok(span) = duration(text) {
        return Some(Moment::Ago(span));
    }
    if let Ok(moment) = Timestamp::parse(text) {
        return Some(Moment::At(moment));
    }
    // As lists print it, so that it can be copied from there. A day begins at midnight.
    let local = text.parse::<civil::DateTime>().or_else(|_| text.parse::<civil::Date>().map(civil::DateTime::from));
    let moment = local.ok()?.to_zoned(zone.clone()).ok()?.timestamp();
    Some(Moment::At(Timestamp::from_micros(moment.as_microsecond())))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        let dubai = TimeZone::fixed(jiff::tz::offset(4));
        let at = |text: &str| Moment::At(Timestamp::parse(text).unwrap());
        for (text, expected) in [
            ("2h", Moment::Ago(Duration::from_secs(7_200))),
            ("1h 30m", Moment::Ago(Duration::from_secs(5_400))),
            ("2026-03-01T07:30:00Z", at("2026-03-01T07:30:00Z")),
            ("2026-03-01T07:30:00+04:00", at("2026-03-01T03:30:00Z")),
            ("2026-03-01 07:30:05", at("2026-03-01T03:30:05Z")),
            ("2026-03-01 07:30", at("2026-03-01T03:30:00Z")),
            ("2026-03-01", at("2026-02-28T20:00:00Z")),
        ] {
            assert_eq!(read(text, &dubai), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "10", "07:30"] {
            assert_eq!(read(text, &dubai), None, "{text}");
        }
        let now = Timestamp::parse("2026-03-01T07:30:00Z").unwrap();
        let ago = Moment::Ago(Duration::from_secs(60)).given(now);
        assert_eq!(ago, Timestamp::parse("2026-03-01T07:29:00Z").unwrap());
    }
}
