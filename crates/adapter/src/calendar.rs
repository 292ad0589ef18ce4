//! `[calendar]` of `adapter.toml`: when the department's system takes requests. The engine obeys it; nothing here computes.

use jiff::tz::TimeZone;
use jisr_core::time::Timestamp;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::{convert, v1};
use serde::Deserialize;

/// When a department's system takes requests.
///
/// `daily` holds for every day that is not named; a day with no interval is closed. Without any of them it is always open,
/// but for the closures.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    time_zone: String,
    daily: Option<Vec<String>>,
    monday: Option<Vec<String>>,
    tuesday: Option<Vec<String>>,
    wednesday: Option<Vec<String>>,
    thursday: Option<Vec<String>>,
    friday: Option<Vec<String>>,
    saturday: Option<Vec<String>>,
    sunday: Option<Vec<String>>,
    #[serde(default)]
    closures: Vec<Closure>,
}

/// A planned outage.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closure {
    from: String,
    until: String,
    reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    ar: String,
    en: String,
}

impl Calendar {
    /// As it is announced.
    ///
    /// # Errors
    /// The key, and what to do.
    pub fn to_wire(&self) -> Result<wire::Calendar, (String, String)> {
        if TimeZone::get(&self.time_zone).is_err() {
            return Err(("calendar.time_zone".to_owned(), "give an IANA time zone such as Asia/Dubai".to_owned()));
        }
        let mut hours = Vec::new();
        let mut always = true;
        for (day, (name, given)) in (1..).zip(self.days()) {
            let (name, given) = match (given, &self.daily) {
                (Some(given), _) => (name, given),
                (None, Some(daily)) => ("daily", daily),
                (None, None) => ("daily", &Vec::new()),
            };
            always &= name == "daily" && self.daily.is_none();
            for interval in given {
                let (from_minute, until_minute) = minutes(interval).ok_or_else(|| {
                    let problem = "write an interval of one day such as \"07:30-15:30\"; the end of the day is 24:00";
                    (format!("calendar.{name}"), problem.to_owned())
                })?;
                hours.push(wire::OpenHours { day, from_minute, until_minute });
            }
        }
        if hours.is_empty() && !always {
            return Err(("calendar".to_owned(), "is open at no time: leave the days out to be always open".to_owned()));
        }
        let closures = self.closures.iter().enumerate().map(|(place, closure)| closure.to_wire(place));
        Ok(wire::Calendar { time_zone: self.time_zone.clone(), hours, closures: closures.collect::<Result<_, _>>()? })
    }

    fn days(&self) -> [(&'static str, Option<&Vec<String>>); 7] {
        [
            ("monday", self.monday.as_ref()),
            ("tuesday", self.tuesday.as_ref()),
            ("wednesday", self.wednesday.as_ref()),
            ("thursday", self.thursday.as_ref()),
            ("friday", self.friday.as_ref()),
            ("saturday", self.saturday.as_ref()),
            ("sunday", self.sunday.as_ref()),
        ]
    }
}

impl Closure {
    fn to_wire(&self, place: usize) -> Result<wire::Closure, (String, String)> {
        let time = |key: &str, text: &str| {
            let problem = "give a time in RFC 3339 such as 2026-12-01T22:00:00+04:00".to_owned();
            Timestamp::parse(text).map_err(|_| (format!("calendar.closures[{place}].{key}"), problem))
        };
        let (from, until) = (time("from", &self.from)?, time("until", &self.until)?);
        if from >= until {
            return Err((format!("calendar.closures[{place}].until"), "must be after from".to_owned()));
        }
        let text = |text: &str, language: &str| v1::LocalizedText {
            text: text.to_owned(),
            language_code: language.to_owned(),
        };
        Ok(wire::Closure {
            from_time: Some(convert::timestamp(from)),
            until_time: Some(convert::timestamp(until)),
            reason: vec![text(&self.reason.ar, "ar"), text(&self.reason.en, "en")],
        })
    }
}

/// Minutes after midnight of `07:30-15:30`.
fn minutes(interval: &str) -> Option<(u32, u32)> {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let (hour, minute) = (digits(hour).then_some(hour)?, digits(minute).then_some(minute)?);
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
    };
    let (from, until) = interval.split_once('-')?;
    let (from, until) = (minute(from)?, minute(until)?);
    (from < until).then_some((from, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<wire::Calendar, String> {
        let calendar: Calendar = toml::from_str(text).map_err(|error| error.to_string())?;
        calendar.to_wire().map_err(|(key, problem)| format!("{key}: {problem}"))
    }

    #[test]
    fn a_day_that_is_named_is_not_as_the_others() {
        let text = r#"
            time_zone = "Asia/Dubai"
            daily = ["00:00-12:00", "13:00-24:00"]
            friday = []
            [[closures]]
            from = "2026-12-01T22:00:00+04:00"
            until = "2026-12-02T04:00:00+04:00"
            reason = { ar = "ترقية", en = "upgrade" }
        "#;
        let calendar = read(text).unwrap();
        let on = |day: u32| calendar.hours.iter().filter(|hours| hours.day == day).count();
        assert_eq!((1..=7).map(on).collect::<Vec<_>>(), [2, 2, 2, 2, 0, 2, 2]);
        assert_eq!((calendar.hours[1].from_minute, calendar.hours[1].until_minute), (780, 1440));
        assert_eq!(calendar.closures[0].reason[0].text, "ترقية");
    }

    #[test]
    fn without_days_it_is_always_open() {
        assert_eq!(read(r#"time_zone = "UTC""#).unwrap().hours, []);
    }

    #[test]
    fn mistakes_name_the_key() {
        for (text, key) in [
            (r#"time_zone = "Dubai""#, "calendar.time_zone"),
            ("time_zone = \"UTC\"\nmonday = [\"7:30-15:30\"]", "calendar.monday"),
            ("time_zone = \"UTC\"\ndaily = [\"15:30-07:30\"]", "calendar.daily"),
            ("time_zone = \"UTC\"\ndaily = [\"٠٧:٣٠-١٥:٣٠\"]", "calendar.daily"),
            ("time_zone = \"UTC\"\ndaily = []", "calendar: is open at no time"),
            ("time_zone = \"UTC\"\nmoonday = []", "moonday"),
            (
                "time_zone = \"UTC\"\n[[closures]]\nfrom = \"2026-01-02T00:00:00Z\"\nuntil = \"2026-01-01T00:00:00Z\"\nreason = { ar = \"\", en = \"\" }",
                "calendar.closures[0].until",
            ),
            (
                "time_zone = \"UTC\"\n[[closures]]\nfrom = \"tomorrow\"\nuntil = \"2026-01-01T00:00:00Z\"\nreason = { ar = \"\", en = \"\" }",
                "calendar.closures[0].from",
            ),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.contains(key), "{problem}");
        }
    }
}
