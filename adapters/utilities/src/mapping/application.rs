//! The canonical application as a record of a batch.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jisr_adapter::connectors::files::fixed::FieldError;
use jisr_adapter::proto::adapter::v1::LegRequest;
use prost_types::Struct;
use prost_types::value::Kind;

use super::applicant::{Applicant, LICENCE, applicant};
use super::value::digits;
use super::{Problem, our_reference};
use crate::records::{Application, DUBAI, stamp};

/// The operations, by their name in the manifest.
pub(super) const CONNECT: &str = "supply-connect";
pub(super) const TRANSFER: &str = "account-transfer";

const PREMISES: &str = "NNNNNNNNN";
const ACCOUNT: &str = "NNNNNNNNNN";

/// The record of a request.
///
/// # Errors
/// [`Problem`], naming the field.
pub fn application(request: &LegRequest) -> Result<Application, Problem> {
    let none = Struct::default();
    let answers = request.input.as_ref().and_then(|input| input.answers.as_ref()).unwrap_or(&none);
    let (operation, premises, account, date, load) = match request.operation.as_str() {
        CONNECT => (
            "SC",
            digits("answers.premises_no", text(answers, "answers.premises_no")?, PREMISES)?,
            String::new(),
            day("answers.supply_date", text(answers, "answers.supply_date")?)?,
            load(answers)?,
        ),
        TRANSFER => (
            "AT",
            digits("answers.to_premises_no", text(answers, "answers.to_premises_no")?, PREMISES)?,
            digits("answers.account_no", text(answers, "answers.account_no")?, ACCOUNT)?,
            day("answers.move_date", text(answers, "answers.move_date")?)?,
            String::new(),
        ),
        _ => return Err(Problem::Operation),
    };
    let Applicant { names, name_ar, name_en, emirates_id, licence } = applicant(request)?;
    let arabic = request.preferred_language_code.split('-').next() != Some("en");
    let application = Application {
        reference: our_reference(request)?,
        operation,
        name_ar,
        name_en,
        emirates_id,
        licence,
        premises,
        account,
        date,
        load,
        language: if arabic { "A" } else { "E" },
        submitted: submitted(request)?,
    };
    // What the record does not hold is found now, and not when others wait for the same batch.
    application.record(1).map_err(|error| Problem::Loss { field: canonical(&error, names), what: error.what() })?;
    Ok(application)
}

/// The path in the transaction of what stands in a field of the record.
fn canonical(error: &FieldError, names: &'static str) -> &'static str {
    match error.field() {
        "name_ar" | "name_en" => names,
        "licence" => LICENCE,
        "load" => "answers.connected_load_kw",
        "reference" => "leg",
        _ => "answers",
    }
}

/// A date of the form `YYYY-MM-DD` that is in the calendar.
fn day(field: &'static str, value: &str) -> Result<String, Problem> {
    let digits = digits(field, value, "NNNN-NN-NN")?;
    let known = value.parse::<Date>().is_ok();
    if known { Ok(digits) } else { Err(Problem::Loss { field, what: "is no day of the calendar".into() }) }
}

/// JSON numbers arrive as floats; the shortest decimal of a whole one holds nothing but its digits.
fn load(answers: &Struct) -> Result<String, Problem> {
    const FIELD: &str = "answers.connected_load_kw";
    let number = match member(answers, FIELD) {
        None => return Ok(String::new()),
        Some(Kind::NumberValue(number)) => number.to_string().parse::<u32>().ok(),
        Some(_) => None,
    };
    let number = number.filter(|load| (1..=100_000).contains(load));
    let what = "must be a whole number from 1 to 100000";
    number.map(|load| load.to_string()).ok_or_else(|| Problem::Loss { field: FIELD, what: what.into() })
}

/// When the customer applied, else when the request left us; a retry must not change it, so the former is preferred.
fn submitted(request: &LegRequest) -> Result<String, Problem> {
    let input = request.input.as_ref();
    let time = input.and_then(|input| input.submit_time.or(input.create_time)).or(request.dispatch_time);
    time.and_then(|time| Timestamp::from_second(time.seconds).ok())
        .map(|instant| stamp(instant.to_zoned(TimeZone::fixed(DUBAI)).datetime()))
        .ok_or_else(|| Problem::Loss { field: "submit_time", what: "is missing".into() })
}

fn member<'a>(answers: &'a Struct, field: &'static str) -> Option<&'a Kind> {
    let key = field.rsplit('.').next().unwrap_or(field);
    let kind = answers.fields.get(key).and_then(|value| value.kind.as_ref());
    kind.filter(|kind| !matches!(kind, Kind::NullValue(_)))
}

fn text<'a>(answers: &'a Struct, field: &'static str) -> Result<&'a str, Problem> {
    match member(answers, field) {
        Some(Kind::StringValue(text)) => Ok(text),
        Some(_) => Err(Problem::Loss { field, what: "must be a text".into() }),
        None => Err(Problem::Missing {
            field,
            ask: [
                "يرجى استكمال هذا الحقل، فهو مطلوب لدى هيئة الكهرباء والمياه",
                "Please fill in this field; the electricity and water authority requires it",
            ],
        }),
    }
}
