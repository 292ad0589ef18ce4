//! What the application's form was filled with, read strictly.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jisr_adapter::proto::adapter::v1::LegRequest;
use prost_types::Struct;
use prost_types::value::Kind;

use super::Problem;
use crate::messages::{DUBAI, written};

/// The answers of a request; fields are named by their path in the transaction.
pub(super) struct Answers<'a>(Option<&'a Struct>);

impl<'a> Answers<'a> {
    pub(super) fn of(request: &'a LegRequest) -> Self {
        Self(request.input.as_ref().and_then(|input| input.answers.as_ref()))
    }

    fn member(&self, field: &str) -> Option<&'a Kind> {
        let key = field.rsplit('.').next().unwrap_or(field);
        let kind = self.0?.fields.get(key)?.kind.as_ref();
        kind.filter(|kind| !matches!(kind, Kind::NullValue(_)))
    }

    /// A text that building control requires.
    pub(super) fn text(&self, field: &'static str) -> Result<&'a str, Problem> {
        self.text_if_any(field)?.ok_or(missing(field))
    }

    /// A text that may be absent.
    pub(super) fn text_if_any(&self, field: &'static str) -> Result<Option<&'a str>, Problem> {
        match self.member(field) {
            None => Ok(None),
            Some(Kind::StringValue(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::Loss { field, what: "must be a text".into() }),
        }
    }

    /// JSON numbers arrive as floats; the shortest decimal of a whole one holds nothing but its digits.
    pub(super) fn whole(&self, field: &'static str, range: RangeInclusive<u32>) -> Result<u32, Problem> {
        let whole = match self.member(field).ok_or(missing(field))? {
            Kind::NumberValue(number) => number.to_string().parse().ok().filter(|whole| range.contains(whole)),
            _ => None,
        };
        let (from, to) = (range.start(), range.end());
        whole.ok_or_else(|| Problem::Loss { field, what: format!("must be a whole number from {from} to {to}") })
    }

    /// A day, `YYYY-MM-DD`.
    pub(super) fn day(&self, field: &'static str) -> Result<Date, Problem> {
        let text = self.text(field)?;
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let day = text.parse().ok().filter(|_| plain);
        day.ok_or_else(|| Problem::Loss { field, what: "must be a day of the calendar such as 2026-03-01".into() })
    }
}

/// The service's form leaves more open than building control does.
const fn missing(field: &'static str) -> Problem {
    Problem::Missing {
        field,
        ask: [
            "يرجى استكمال هذا الحقل، فهو مطلوب لدى البلدية",
            "Please fill in this field; the municipality requires it",
        ],
    }
}

/// Building control's code for one of our values.
pub(super) fn one_of(field: &'static str, value: &str, codes: &[(&str, &str)]) -> Result<String, Problem> {
    let code = codes.iter().find(|(ours, _)| *ours == value).map(|(_, code)| (*code).to_owned());
    code.ok_or_else(|| {
        let known: Vec<_> = codes.iter().map(|(ours, _)| *ours).collect();
        Problem::Loss { field, what: format!("building control has no code for it; known are {}", known.join(", ")) }
    })
}

/// When the customer applied, else when the request left us; a retry must not change it, so the former is preferred.
pub(super) fn request_date(request: &LegRequest) -> Result<String, Problem> {
    let input = request.input.as_ref();
    let time = input.and_then(|input| input.submit_time.or(input.create_time)).or(request.dispatch_time);
    time.and_then(|time| Timestamp::from_second(time.seconds).ok())
        .map(|instant| written(instant.to_zoned(TimeZone::fixed(DUBAI)).datetime()))
        .ok_or_else(|| Problem::Loss { field: "submit_time", what: "is missing".into() })
}
