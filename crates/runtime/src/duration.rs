//! Durations as people write them in a configuration file: `250ms`, `10s`, `1m 30s`, `7d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A duration written as whole numbers with units (`d`, `h`, `m`, `s`, `ms`), largest first.
///
/// A bare number is refused: `timeout = 10` leaves the reader guessing at the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct HumanDuration(Duration);

/// Units from the largest to the smallest, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl HumanDuration {
    /// A duration of whole milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// A duration of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The standard library's form.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl From<HumanDuration> for Duration {
    fn from(value: HumanDuration) -> Self {
        value.0
    }
}

/// The text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: write whole numbers with units, largest first, such as 250ms, 10s, 1m 30s or 7d")]
pub struct ParseDurationError(String);

impl FromStr for HumanDuration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ParseDurationError(text.to_owned());
        let mut rest = text.trim();
        let mut total: u64 = 0;
        let mut next_unit = 0;
        if rest.is_empty() {
            return Err(refuse());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
            let number: u64 = rest[..digits].parse().map_err(|_| refuse())?;
            rest = &rest[digits..];
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let unit = &rest[..letters];
            rest = rest[letters..].trim_start();
            // Each unit once and in order: `30s 1m` and `1m 1m` are slips, not durations.
            let place = UNITS[next_unit..].iter().position(|(name, _)| *name == unit);
            let place = next_unit + place.ok_or_else(refuse)?;
            next_unit = place + 1;
            let millis = number.checked_mul(UNITS[place].1).ok_or_else(refuse)?;
            total = total.checked_add(millis).ok_or_else(refuse)?;
        }
        Ok(Self::from_millis(total))
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if left == 0 {
            return f.write_str("0s");
        }
        let mut separator = "";
        for (name, millis) in UNITS {
            if left >= millis {
                write!(f, "{separator}{}{name}", left / millis)?;
                left %= millis;
                separator = " ";
            }
        }
        Ok(())
    }
}

impl Serialize for HumanDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = HumanDuration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration in quotes with its unit, such as \"10s\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<u64>) {
        let parsed = text.parse::<HumanDuration>().ok().map(|d| d.get().as_millis());
        assert_eq!(parsed, expected.map(u128::from), "{text}");
    }

    #[test]
    fn reads_what_people_write_and_refuses_the_rest() {
        check("250ms", Some(250));
        check("10s", Some(10_000));
        check("1m 30s", Some(90_000));
        check("1m30s", Some(90_000));
        check(" 7d ", Some(604_800_000));
        check("1d 2h 3m 4s 5ms", Some(93_784_005));
        check("0s", Some(0));
        for refused in ["", "10", "s", "-1s", "1.5s", "30s 1m", "1m 1m", "1w", "1 s", "99999999999999999d", "١٠s"] {
            check(refused, None);
        }
    }

    #[test]
    fn prints_what_it_reads() {
        for text in ["0s", "250ms", "10s", "1m 30s", "1d 2h 3m 4s 5ms"] {
            assert_eq!(text.parse::<HumanDuration>().unwrap().to_string(), text);
        }
    }
}
