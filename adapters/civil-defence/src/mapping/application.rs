//! The canonical application as the input of `INSPECT`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jisr_adapter::connectors::amqp::Charset;
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::v1::party::Kind as PartyKind;
use jisr_adapter::proto::v1::{Location, Organization};
use prost_types::Struct;
use prost_types::value::Kind;

use super::value::carried;
use super::{Problem, our_reference};
use crate::messages::{Application, DUBAI};

const NAME_LIMIT: usize = 120;
const ADDRESS_LIMIT: usize = 200;
const SHORT_LIMIT: usize = 32;

/// The input of `INSPECT`, for a broker whose texts are in this charset.
///
/// # Errors
/// [`Problem`], naming the field.
pub fn application(request: &LegRequest, charset: Charset) -> Result<Application, Problem> {
    let none = Struct::default();
    let answers = request.input.as_ref().and_then(|input| input.answers.as_ref()).unwrap_or(&none);
    let organization = organization(request)?;
    let contact = organization.contact.as_ref();
    let (address, parcel) = place(request, charset)?;
    Ok(Application {
        reference: our_reference(request)?,
        date: date(request)?,
        name_ar: name(organization, "ar", charset)?.ok_or(Problem::Missing {
            field: NAMES,
            ask: ["يرجى إضافة اسم المنشأة بالعربية", "Please add the organisation's name in Arabic"],
        })?,
        name_en: name(organization, "en", charset)?.unwrap_or_default(),
        phone: phone(contact.map_or("", |contact| contact.phone_number.trim()))?,
        address,
        parcel,
        usage: usage(text(answers, "answers.premises_use")?)?,
        area: area(text(answers, "answers.floor_area_sqm")?)?,
        storeys: storeys(answers)?,
        contact: match member(answers, "answers.contact_for_visit") {
            None => String::new(),
            Some(_) => {
                let contact = text(answers, "answers.contact_for_visit")?;
                carried("answers.contact_for_visit", contact.trim(), NAME_LIMIT, charset)?
            }
        },
    })
}

const NAMES: &str = "applicant.organization.legal_names";

fn organization(request: &LegRequest) -> Result<&Organization, Problem> {
    match request.input.as_ref().and_then(|input| input.applicant.as_ref()?.kind.as_ref()) {
        Some(PartyKind::Organization(organization)) => Ok(organization),
        _ => Err(Problem::Loss {
            field: "applicant.organization",
            what: "is missing: premises are an organisation's".into(),
        }),
    }
}

fn name(organization: &Organization, language: &str, charset: Charset) -> Result<Option<String>, Problem> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).eq_ignore_ascii_case(language);
    let named =
        |name: &&jisr_adapter::proto::v1::LocalizedText| primary(&name.language_code) && !name.text.trim().is_empty();
    let found = organization.legal_names.iter().find(named);
    found.map(|name| carried(NAMES, name.text.trim(), NAME_LIMIT, charset)).transpose()
}

/// The inspector has to find the place: words or a plot, one of them at least.
fn place(request: &LegRequest, charset: Charset) -> Result<(String, String), Problem> {
    let none = Location::default();
    let location = request.input.as_ref().and_then(|input| input.location.as_ref()).unwrap_or(&none);
    let (address, parcel) = (location.address.trim(), location.parcel_no.trim());
    if address.is_empty() && parcel.is_empty() {
        return Err(Problem::Missing {
            field: "location.address",
            ask: [
                "يرجى إضافة عنوان المنشأة أو رقم قطعة الأرض",
                "Please add the address of the premises or the plot number",
            ],
        });
    }
    Ok((
        carried("location.address", address, ADDRESS_LIMIT, charset)?,
        carried("location.parcel_no", parcel, SHORT_LIMIT, charset)?,
    ))
}

fn phone(number: &str) -> Result<String, Problem> {
    const FIELD: &str = "applicant.organization.contact.phone_number";
    if number.is_empty() {
        return Err(Problem::Missing {
            field: FIELD,
            ask: ["يرجى إضافة رقم هاتف المنشأة", "Please add the organisation's telephone number"],
        });
    }
    let digits = number.strip_prefix('+').unwrap_or(number);
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::Loss { field: FIELD, what: "must be a plus sign and at most 15 ASCII digits".into() });
    }
    Ok(number.to_owned())
}

fn usage(value: &str) -> Result<&'static str, Problem> {
    match value {
        "restaurant" => Ok("RST"),
        "shop" => Ok("SHP"),
        "office" => Ok("OFF"),
        "warehouse" => Ok("WHS"),
        "workshop" => Ok("WRK"),
        _ => Err(Problem::Loss {
            field: "answers.premises_use",
            what: "has no code; known are restaurant, shop, office, warehouse, workshop".into(),
        }),
    }
}

/// A decimal text stays a text from end to end, so no digit can be lost on the way.
fn area(value: &str) -> Result<String, Problem> {
    const FIELD: &str = "answers.floor_area_sqm";
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let positive = value.bytes().any(|b| matches!(b, b'1'..=b'9'));
    if digits(whole, 7) && digits(fraction, 2) && positive {
        return Ok(value.to_owned());
    }
    let what = "must be above zero, with at most 7 ASCII digits before and 2 behind the point";
    Err(Problem::Loss { field: FIELD, what: what.into() })
}

/// JSON numbers arrive as floats; the shortest decimal of a whole one holds nothing but its digits.
fn storeys(answers: &Struct) -> Result<u8, Problem> {
    const FIELD: &str = "answers.storeys";
    match member(answers, FIELD).ok_or(left_open(FIELD))? {
        Kind::NumberValue(number) => number.to_string().parse().ok().filter(|storeys| (1..=200).contains(storeys)),
        _ => None,
    }
    .ok_or_else(|| Problem::Loss { field: FIELD, what: "must be a whole number from 1 to 200".into() })
}

/// When the customer applied, else when the request left us; a retry must not change it, so the former is preferred.
fn date(request: &LegRequest) -> Result<DateTime, Problem> {
    let input = request.input.as_ref();
    let time = input.and_then(|input| input.submit_time.or(input.create_time)).or(request.dispatch_time);
    time.and_then(|time| Timestamp::from_second(time.seconds).ok())
        .map(|instant| instant.to_zoned(TimeZone::fixed(DUBAI)).datetime())
        .ok_or_else(|| Problem::Loss { field: "submit_time", what: "is missing".into() })
}

fn member<'a>(answers: &'a Struct, field: &str) -> Option<&'a Kind> {
    let key = field.rsplit('.').next().unwrap_or(field);
    let kind = answers.fields.get(key)?.kind.as_ref()?;
    (!matches!(kind, Kind::NullValue(_))).then_some(kind)
}

fn text<'a>(answers: &'a Struct, field: &'static str) -> Result<&'a str, Problem> {
    match member(answers, field).ok_or(left_open(field))? {
        Kind::StringValue(text) => Ok(text),
        _ => Err(Problem::Loss { field, what: "must be a text".into() }),
    }
}

fn left_open(field: &'static str) -> Problem {
    let ask =
        ["يرجى استكمال هذا الحقل، فهو مطلوب لدى الدفاع المدني", "Please fill in this field; civil defence requires it"];
    Problem::Missing { field, ask }
}
