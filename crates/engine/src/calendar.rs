//! When a department's system takes requests: its hours, week after week, and its planned outages. Pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, ToSpan as _};
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::convert;

/// So many days ahead an opening is looked for.
const HORIZON: i32 = 14;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    /// Minutes after midnight, Monday first; none at all means always.
    days: [Vec<(u32, u32)>; 7],
    closures: Vec<Closure>,
}

#[derive(Clone, Debug)]
struct Closure {
    from: Timestamp,
    until: Timestamp,
    reason: LocalizedText,
}

/// A department is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When it opens.
    pub until: Timestamp,
    /// Why, where that is a planned outage.
    pub reason: LocalizedText,
}

impl Calendar {
    /// As it was announced.
    ///
    /// # Errors
    /// What cannot be understood, in words.
    pub(crate) fn read(given: &wire::Calendar) -> Result<Self, String> {
        let zone =
            TimeZone::get(&given.time_zone).map_err(|_| format!("no time zone is called {:?}", given.time_zone))?;
        let mut days: [Vec<(u32, u32)>; 7] = Default::default();
        for hours in &given.hours {
            let day = usize::try_from(hours.day).ok().and_then(|day| days.get_mut(day.checked_sub(1)?));
            let (from, until) = (hours.from_minute, hours.until_minute);
            match day {
                Some(day) if from < until && until <= 24 * 60 => day.push((from, until)),
                _ => return Err(format!("hours of day {} from minute {from} until {until} are none", hours.day)),
            }
        }
        days.iter_mut().for_each(|day| day.sort_unstable());
        let closures = given.closures.iter().map(|closure| Closure {
            from: convert::time_or_min(closure.from_time.as_ref()),
            until: convert::time_or_min(closure.until_time.as_ref()),
            reason: convert::text_from(&closure.reason),
        });
        Ok(Self { zone, days, closures: closures.collect() })
    }

    /// Whether it is closed at a time, until when, and why.
    pub(crate) fn closed(&self, at: Timestamp) -> Option<Closed> {
        let closure = |at: Timestamp| self.closures.iter().find(|closure| closure.from <= at && at < closure.until);
        let reason = closure(at).map(|closure| closure.reason.clone()).unwrap_or_default();
        let mut until = at;
        // One outage may end in another, or at night.
        for _ in 0..=self.closures.len() {
            while let Some(closure) = closure(until) {
                until = closure.until;
            }
            let opens = self.opens(until);
            if opens == until {
                break;
            }
            until = opens;
        }
        (until > at).then_some(Closed { until, reason })
    }

    /// The first time from `at` on that lies within the hours.
    fn opens(&self, at: Timestamp) -> Timestamp {
        if self.days.iter().all(Vec::is_empty) {
            return at;
        }
        let Ok(instant) = Instant::from_microsecond(at.as_micros()) else { return at };
        let today = self.zone.to_datetime(instant).date();
        for ahead in 0..=HORIZON {
            let Ok(date) = today.checked_add(ahead.days()) else { break };
            let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
            for (from, until) in &self.days[day] {
                let (Some(from), Some(until)) = (self.instant(date, *from), self.instant(date, *until)) else {
                    continue;
                };
                if at < until {
                    return at.max(from);
                }
            }
        }
        at.plus(std::time::Duration::from_hours(24 * 14))
    }

    /// A minute of a day; where the clocks go forward over it, the first after.
    fn instant(&self, date: Date, minute: u32) -> Option<Timestamp> {
        let midnight = date.at(0, 0, 0, 0);
        let time = midnight.checked_add(i64::from(minute).minutes()).ok()?;
        let instant = self.zone.to_ambiguous_timestamp(time).compatible().ok()?;
        Some(Timestamp::from_micros(instant.as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<Instant>().unwrap().as_microsecond())
    }

    fn hours(day: u32, from_minute: u32, until_minute: u32) -> wire::OpenHours {
        wire::OpenHours { day, from_minute, until_minute }
    }

    fn closure(from: &str, until: &str) -> wire::Closure {
        let time = |text| Some(convert::timestamp(at(text)));
        let reason = convert::text(&LocalizedText::bilingual("صيانة", "maintenance"));
        wire::Closure { from_time: time(from), until_time: time(until), reason }
    }

    /// Dubai is four hours ahead of UTC, all year.
    fn economy() -> wire::Calendar {
        let mut days: Vec<_> = (1..=6).map(|day| hours(day, 0, 22 * 60)).collect();
        days.push(hours(7, 6 * 60, 22 * 60));
        let closures = vec![closure("2026-03-03T08:00:00Z", "2026-03-03T18:30:00Z")];
        wire::Calendar { time_zone: "Asia/Dubai".to_owned(), hours: days, closures }
    }

    #[test]
    fn nights_weekends_and_outages_are_waited_for() {
        let calendar = Calendar::read(&economy()).unwrap();
        for (now, opens) in [
            // Monday noon in Dubai.
            ("2026-03-02T08:00:00Z", None),
            ("2026-03-02T17:59:59Z", None),
            ("2026-03-02T18:00:00Z", Some("2026-03-02T20:00:00Z")),
            // Saturday night: Sunday opens at six.
            ("2026-03-07T18:00:00Z", Some("2026-03-08T02:00:00Z")),
            // The outage ends after closing time: it opens at midnight.
            ("2026-03-03T08:00:00Z", Some("2026-03-03T20:00:00Z")),
        ] {
            let until = calendar.closed(at(now)).map(|closed| closed.until);
            assert_eq!(until, opens.map(at), "{now}");
        }
        let closed = calendar.closed(at("2026-03-03T09:00:00Z")).unwrap();
        assert_eq!(closed.reason, LocalizedText::bilingual("صيانة", "maintenance"));
    }

    #[test]
    fn without_hours_it_is_always_open_and_summer_time_is_kept() {
        let always = wire::Calendar { time_zone: "UTC".to_owned(), ..wire::Calendar::default() };
        assert_eq!(Calendar::read(&always).unwrap().closed(at("2026-03-02T23:00:00Z")), None);
        let berlin = wire::Calendar {
            time_zone: "Europe/Berlin".to_owned(),
            hours: vec![hours(7, 150, 600)],
            ..wire::Calendar::default()
        };
        // 02:30 does not exist on that Sunday.
        let closed = Calendar::read(&berlin).unwrap().closed(at("2026-03-28T12:00:00Z")).unwrap();
        assert_eq!(closed.until, at("2026-03-29T01:30:00Z"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (zone, hours) in [
            ("Asia/Dubay", hours(1, 0, 10)),
            ("UTC", hours(0, 0, 10)),
            ("UTC", hours(8, 0, 10)),
            ("UTC", hours(1, 10, 10)),
            ("UTC", hours(1, 0, 1441)),
        ] {
            let calendar = wire::Calendar { time_zone: zone.to_owned(), hours: vec![hours], closures: Vec::new() };
            assert!(Calendar::read(&calendar).is_err(), "{calendar:?}");
        }
    }
}
