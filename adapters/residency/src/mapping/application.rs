//! The canonical application as an entity of the permit system.

use jiff::Timestamp;
use jiff::civil::Date;
use jisr_adapter::proto::adapter::v1::LegRequest;
use prost_types::Struct;
use prost_types::value::Kind;

use super::party::{applicant, parties};
use super::value::{carried, shaped};
use super::{Problem, our_reference};
use crate::messages::{Application, Work};
use crate::{ADDRESS_CHANGE, PERMIT_RENEW};

const UNIT_LIMIT: usize = 20;
const SPONSOR_FILE_LIMIT: usize = 24;

/// The application that a request asks for.
///
/// # Errors
/// [`Problem`], naming the field.
pub fn application(request: &LegRequest) -> Result<Application, Problem> {
    let none = Struct::default();
    let answers = request.input.as_ref().and_then(|input| input.answers.as_ref()).unwrap_or(&none);
    let (holder, work) = match request.operation.as_str() {
        PERMIT_RENEW => {
            let parties = parties(request)?;
            let file_no = required(answers, "answers.residence_file_no")?;
            let sponsor_file_no = text(answers, "answers.sponsor_file_no")?;
            let work = Work::Renewal {
                file_no: shaped("answers.residence_file_no", file_no, "NNN/NNNN/N/NNNNNNN")?,
                years: years(answers)?,
                sponsor_file_no: sponsor_file_no
                    .map(|number| carried("answers.sponsor_file_no", number, SPONSOR_FILE_LIMIT))
                    .transpose()?,
                sponsor_name_ar: parties.sponsor_name_ar,
                sponsor_licence_no: parties.sponsor_licence_no,
            };
            (parties.holder, work)
        }
        ADDRESS_CHANGE => {
            let unit = text(answers, "answers.unit")?;
            let work = Work::AddressChange {
                makani_no: makani_no(required(answers, "answers.makani_no")?)?,
                unit: unit.map(|unit| carried("answers.unit", unit, UNIT_LIMIT)).transpose()?,
                move_date: move_date(required(answers, "answers.move_date")?)?,
            };
            (applicant(request)?, work)
        }
        _ => return Err(Problem::Loss { field: "operation", what: "is not known".into() }),
    };
    Ok(Application { reference: our_reference(request)?, holder, work, submitted: submitted(request)? })
}

/// Written with or without a space in the middle; the permit system has it without.
fn makani_no(value: &str) -> Result<String, Problem> {
    const FIELD: &str = "answers.makani_no";
    let shape = if value.contains(' ') { "NNNNN NNNNN" } else { "NNNNNNNNNN" };
    Ok(shaped(FIELD, value, shape)?.replace(' ', ""))
}

fn move_date(value: &str) -> Result<Date, Problem> {
    const FIELD: &str = "answers.move_date";
    let written = shaped(FIELD, value, "NNNN-NN-NN")?;
    written.parse().map_err(|_| Problem::Loss { field: FIELD, what: "is no day of the calendar".into() })
}

/// JSON numbers arrive as floats; the shortest decimal of a whole one holds nothing but its digits.
fn years(answers: &Struct) -> Result<u8, Problem> {
    const FIELD: &str = "answers.years";
    match member(answers, FIELD).ok_or_else(|| missing(FIELD))? {
        Kind::NumberValue(number) => number.to_string().parse().ok().filter(|years| (1..=3).contains(years)),
        _ => None,
    }
    .ok_or_else(|| Problem::Loss { field: FIELD, what: "must be a whole number from 1 to 3".into() })
}

/// When the customer applied, else when the request left us; a retry must not change it, so the former is preferred.
fn submitted(request: &LegRequest) -> Result<Timestamp, Problem> {
    let input = request.input.as_ref();
    let time = input.and_then(|input| input.submit_time.or(input.create_time)).or(request.dispatch_time);
    time.and_then(|time| Timestamp::from_second(time.seconds).ok())
        .ok_or_else(|| Problem::Loss { field: "submit_time", what: "is missing".into() })
}

fn member<'a>(answers: &'a Struct, field: &'static str) -> Option<&'a Kind> {
    let key = field.rsplit('.').next().unwrap_or(field);
    answers.fields.get(key)?.kind.as_ref().filter(|kind| !matches!(kind, Kind::NullValue(_)))
}

fn text<'a>(answers: &'a Struct, field: &'static str) -> Result<Option<&'a str>, Problem> {
    match member(answers, field) {
        None => Ok(None),
        Some(Kind::StringValue(text)) if text.trim().is_empty() => Ok(None),
        Some(Kind::StringValue(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::Loss { field, what: "must be a text".into() }),
    }
}

fn required<'a>(answers: &'a Struct, field: &'static str) -> Result<&'a str, Problem> {
    text(answers, field)?.ok_or_else(|| missing(field))
}

fn missing(field: &'static str) -> Problem {
    Problem::Missing {
        field,
        ask: [
            "يرجى استكمال هذا الحقل، فهو مطلوب لدى إدارة الإقامة",
            "Please fill in this field; the residency directorate requires it",
        ],
    }
}
