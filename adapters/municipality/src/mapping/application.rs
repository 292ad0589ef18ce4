//! The canonical application as the input of `SubmitNoc`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jisr_adapter::proto::adapter::v1::LegRequest;
use prost_types::Struct;
use prost_types::value::Kind;

use super::applicant::applicant;
use super::value::{carried, character, shaped};
use super::{Problem, our_reference};
use crate::messages::{Application, DUBAI};

const DESCRIPTION_LIMIT: usize = 2_000;

/// The input of `SubmitNoc`.
///
/// # Errors
/// [`Problem`], naming the field.
pub fn application(request: &LegRequest) -> Result<Application, Problem> {
    let none = Struct::default();
    let answers = request.input.as_ref().and_then(|input| input.answers.as_ref()).unwrap_or(&none);
    let applicant = applicant(request)?;
    Ok(Application {
        our_reference: our_reference(request)?,
        applicant_name_ar: applicant.name_ar,
        applicant_name_en: applicant.name_en,
        emirates_id: applicant.emirates_id,
        plot_no: shaped("answers.plot_no", text(answers, "answers.plot_no")?, "NNN-NNNN")?,
        building_type: building_type(text(answers, "answers.building_type")?)?,
        floors: floors(answers)?,
        built_area_sqm: area(text(answers, "answers.built_area_sqm")?)?,
        work_description_ar: filled("answers.work_description", text(answers, "answers.work_description")?)?,
        request_date: request_date(request)?,
    })
}

fn building_type(value: &str) -> Result<&'static str, Problem> {
    match value {
        "villa" => Ok("V"),
        "commercial" => Ok("C"),
        "industrial" => Ok("I"),
        _ => Err(Problem::Loss {
            field: "answers.building_type",
            what: "building control has no code for it; known are villa, commercial, industrial".into(),
        }),
    }
}

/// JSON numbers arrive as floats; the shortest decimal of a whole one holds nothing but its digits.
fn floors(answers: &Struct) -> Result<u16, Problem> {
    const FIELD: &str = "answers.floors";
    match member(answers, FIELD)? {
        Kind::NumberValue(number) => number.to_string().parse().ok().filter(|floors| (1..=200).contains(floors)),
        _ => None,
    }
    .ok_or_else(|| Problem::Loss { field: FIELD, what: "must be a whole number from 1 to 200".into() })
}

/// A decimal text stays a text from end to end, so no digit can be lost on the way.
fn area(value: &str) -> Result<String, Problem> {
    const FIELD: &str = "answers.built_area_sqm";
    if let Some(stranger) = value.chars().find(|c| !c.is_ascii_digit() && *c != '.') {
        return Err(character(FIELD, stranger, "a decimal number of ASCII digits"));
    }
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let shaped = (1..=10).contains(&whole.len()) && (1..=2).contains(&fraction.len()) && !fraction.contains('.');
    let positive = value.bytes().any(|b| matches!(b, b'1'..=b'9'));
    if shaped && positive {
        return Ok(value.to_owned());
    }
    let what = "must be above zero, with at most 10 digits before and 2 behind the point";
    Err(Problem::Loss { field: FIELD, what: what.into() })
}

fn filled(field: &'static str, value: &str) -> Result<String, Problem> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Problem::Loss { field, what: "is empty".into() });
    }
    carried(field, value, DESCRIPTION_LIMIT)
}

/// When the customer applied, else when the request left us; a retry must not change it, so the former is preferred.
fn request_date(request: &LegRequest) -> Result<DateTime, Problem> {
    let input = request.input.as_ref();
    let time = input.and_then(|input| input.submit_time.or(input.create_time)).or(request.dispatch_time);
    time.and_then(|time| Timestamp::from_second(time.seconds).ok())
        .map(|instant| instant.to_zoned(TimeZone::fixed(DUBAI)).datetime())
        .ok_or_else(|| Problem::Loss { field: "submit_time", what: "is missing".into() })
}

fn member<'a>(answers: &'a Struct, field: &'static str) -> Result<&'a Kind, Problem> {
    let key = field.rsplit('.').next().unwrap_or(field);
    answers
        .fields
        .get(key)
        .and_then(|value| value.kind.as_ref())
        .filter(|kind| !matches!(kind, Kind::NullValue(_)))
        // The service's form leaves more open than building control does.
        .ok_or(Problem::Missing {
            field,
            ask: [
                "يرجى استكمال هذا الحقل، فهو مطلوب لدى البلدية",
                "Please fill in this field; the municipality requires it",
            ],
        })
}

fn text<'a>(answers: &'a Struct, field: &'static str) -> Result<&'a str, Problem> {
    match member(answers, field)? {
        Kind::StringValue(text) => Ok(text),
        _ => Err(Problem::Loss { field, what: "must be a text".into() }),
    }
}
