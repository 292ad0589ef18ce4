//! `Retry-After`: seconds or a date (RFC 9110, 10.2.3).

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;

/// Nobody is believed who says later than that.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// When the server says that another call makes sense, from `now` on.
///
/// A date is held against the answer's own `Date`, where there is one, so that a server's clock that is wrong does no harm.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let value = header(RETRY_AFTER)?;
    if !value.is_empty() && value.len() <= 9 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().ok()?).min(LONGEST));
    }
    let until = date(value)?;
    let from = header(DATE).and_then(date).unwrap_or(now);
    // A moment that has passed means at once.
    Some(Duration::try_from(until.duration_since(from)).unwrap_or_default().min(LONGEST))
}

/// An HTTP-date in the form that servers must send (`IMF-fixdate`).
fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn both_forms_are_understood_and_bounded() {
        let now: Timestamp = "2026-03-01T20:00:00Z".parse().unwrap();
        let cases = [
            (Some("120"), None, Some(120)),
            (Some("0"), None, Some(0)),
            (Some("999999999"), None, Some(86_400)),
            (Some("Sun, 01 Mar 2026 20:10:00 GMT"), None, Some(600)),
            (Some("Sun, 01 Mar 2026 20:10:00 GMT"), Some("Sun, 01 Mar 2026 20:09:00 GMT"), Some(60)),
            (Some("Sun, 01 Mar 2026 19:00:00 GMT"), None, Some(0)),
            (Some("Sun, 01 Mar 2099 19:00:00 GMT"), None, Some(86_400)),
            // It lies about its day.
            (Some("Mon, 01 Mar 2026 21:00:00 GMT"), None, None),
            (Some("-5"), None, None),
            (Some("1.5"), None, None),
            (Some("tomorrow"), None, None),
            (Some(""), None, None),
            (None, None, None),
        ];
        for (value, date, expected) in cases {
            let mut headers = HeaderMap::new();
            let header = |text: &'static str| HeaderValue::from_static(text);
            value.map(|value| headers.insert(RETRY_AFTER, header(value)));
            date.map(|value| headers.insert(DATE, header(value)));
            let found = retry_after(&headers, now).map(|delay| delay.as_secs());
            assert_eq!(found, expected, "{value:?}");
        }
    }
}
