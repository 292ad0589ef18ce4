//! The canonical application as the input of `issue_licence`.

use jisr_adapter::connectors::sql::LegacyText;
use jisr_adapter::proto::adapter::v1::LegRequest;
use prost_types::Struct;
use prost_types::value::Kind;

use super::party::{owner, partners};
use super::value::{carried, character, digits, member, required, text};
use super::{Problem, our_reference};
use crate::messages::Issue;

const NAME_LIMIT: usize = 120;

/// The input of `issue_licence`.
///
/// # Errors
/// [`Problem`], naming the field.
pub fn issue(request: &LegRequest, legacy: LegacyText) -> Result<Issue, Problem> {
    const NAME_AR: &str = "answers.trade_name_ar";
    const NAME_EN: &str = "answers.trade_name_en";
    let none = Struct::default();
    let input = request.input.as_ref();
    let answers = input.and_then(|input| input.answers.as_ref()).unwrap_or(&none);
    let owner = owner(request, legacy)?;
    let name_ar = required(NAME_AR, text(answers, NAME_AR)?)?;
    let name_en = text(answers, NAME_EN)?.map(|name| carried(NAME_EN, name, NAME_LIMIT, legacy));
    let makani_no = input.and_then(|input| input.location.as_ref()).map(|location| location.makani_no.as_str());
    Ok(Issue {
        reference: our_reference(request)?.to_string(),
        owner_name_ar: owner.name_ar,
        owner_name_en: owner.name_en,
        owner_id: owner.id,
        partners_ar: partners(request, legacy)?,
        legal_form: legal_form(required("answers.legal_form", text(answers, "answers.legal_form")?)?)?,
        trade_name_ar: carried(NAME_AR, name_ar, NAME_LIMIT, legacy)?,
        trade_name_en: name_en.transpose()?,
        activities: activities(answers)?,
        capital: text(answers, "answers.capital")?.map(capital).transpose()?,
        makani_no: makani_no.filter(|number| !number.trim().is_empty()).map(makani).transpose()?,
    })
}

fn legal_form(value: &str) -> Result<&'static str, Problem> {
    match value {
        "sole-establishment" => Ok("SE"),
        "civil-company" => Ok("CC"),
        "limited-liability-company" => Ok("LL"),
        "branch" => Ok("BR"),
        _ => Err(Problem::Loss { field: "answers.legal_form", what: "business licensing has no code for it".into() }),
    }
}

/// The column holds ten codes.
fn activities(answers: &Struct) -> Result<String, Problem> {
    const FIELD: &str = "answers.activities";
    let list = match required(FIELD, member(answers, FIELD))? {
        Kind::ListValue(list) => &list.values,
        _ => return Err(Problem::Loss { field: FIELD, what: "must be a list".into() }),
    };
    if list.is_empty() || list.len() > 10 {
        return Err(Problem::Loss { field: FIELD, what: "must be one to ten codes".into() });
    }
    let code = |value: &prost_types::Value| match &value.kind {
        Some(Kind::StringValue(code)) => digits(FIELD, code, 7, 7),
        _ => Err(Problem::Loss { field: FIELD, what: "must be texts of seven digits".into() }),
    };
    Ok(list.iter().map(code).collect::<Result<Vec<_>, _>>()?.join(","))
}

/// A decimal text stays a text from end to end, so no digit can be lost on the way.
fn capital(value: &str) -> Result<String, Problem> {
    const FIELD: &str = "answers.capital";
    if let Some(stranger) = value.chars().find(|c| !c.is_ascii_digit() && *c != '.') {
        return Err(character(FIELD, stranger, "a decimal number of ASCII digits"));
    }
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "00"));
    let shaped = (1..=12).contains(&whole.len()) && (1..=2).contains(&fraction.len()) && !fraction.contains('.');
    if shaped {
        return Ok(value.to_owned());
    }
    Err(Problem::Loss { field: FIELD, what: "must have at most 12 digits before and 2 behind the point".into() })
}

fn makani(value: &str) -> Result<String, Problem> {
    let value: String = value.chars().filter(|c| *c != ' ').collect();
    digits("location.makani_no", &value, 10, 10)
}
