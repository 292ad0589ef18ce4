//! Who is examined, as the hospital knows patients: identifiers, names in two scripts, birth, citizenship.

use jisr_adapter::connectors::mllp::CharacterSet;
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::v1::party::Kind;
use jisr_adapter::proto::v1::{Identifier, IdentifierScheme, Party, Person, PersonName};

use super::Problem;
use super::value::{carried, number, partial_date};
use crate::messages::Patient;

/// Of each part of a name: FN.1 in 2.5.1.
const NAME_LIMIT: usize = 50;

/// Paths of one person's fields.
struct Paths {
    names: &'static str,
    identifiers: &'static str,
    birth_date: &'static str,
    nationality: &'static str,
}

const APPLICANT: Paths = Paths {
    names: "applicant.person.names",
    identifiers: "applicant.person.identifiers",
    birth_date: "applicant.person.birth_date",
    nationality: "applicant.person.nationality_code",
};
const BENEFICIARY: Paths = Paths {
    names: "beneficiaries.person.names",
    identifiers: "beneficiaries.person.identifiers",
    birth_date: "beneficiaries.person.birth_date",
    nationality: "beneficiaries.person.nationality_code",
};

/// The beneficiary where somebody applies for another, for instance an employer; else the applicant.
pub(super) fn patient(request: &LegRequest, charset: CharacterSet) -> Result<Patient, Problem> {
    let input = request.input.as_ref();
    let beneficiaries = input.map_or(&[][..], |input| &input.beneficiaries);
    if beneficiaries.len() > 1 {
        let what = "one order is for one person; apply for each of them".into();
        return Err(Problem::Loss { field: "beneficiaries", what });
    }
    let applicant = input.and_then(|input| person(input.applicant.as_ref()));
    match (person(beneficiaries.first()), applicant) {
        (Some(person), _) => of_person(person, &BENEFICIARY, charset),
        (None, Some(person)) if beneficiaries.is_empty() => of_person(person, &APPLICANT, charset),
        _ => Err(Problem::Missing {
            field: "beneficiaries",
            ask: ["يرجى إضافة الشخص المطلوب فحصه", "Please add the person who is to be examined"],
        }),
    }
}

fn person(party: Option<&Party>) -> Option<&Person> {
    match party?.kind.as_ref()? {
        Kind::Person(person) => Some(person),
        Kind::Organization(_) => None,
    }
}

fn of_person(person: &Person, paths: &Paths, charset: CharacterSet) -> Result<Patient, Problem> {
    let birth_date = person.birth_date.map(|date| partial_date(paths.birth_date, date)).transpose()?;
    Ok(Patient {
        identifiers: identifiers(paths.identifiers, &person.identifiers)?,
        names: names(paths.names, &person.names, charset)?,
        birth_date: birth_date.unwrap_or_default(),
        nationality: nationality(paths.nationality, &person.nationality_code)?,
    })
}

/// Arabic first, as the hospital's staff read it, then Latin, as the passport has it.
fn names(field: &'static str, names: &[PersonName], charset: CharacterSet) -> Result<Vec<[String; 4]>, Problem> {
    let mut found = Vec::new();
    for language in ["ar", "en"] {
        let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).eq_ignore_ascii_case(language);
        let is_written = |name: &&PersonName| primary(&name.language_code) && !name.full_name.trim().is_empty();
        if let Some(name) = names.iter().find(is_written) {
            let [family, given, further] = parts(name).map(|part| carried(field, part.trim(), NAME_LIMIT, charset));
            found.push([family?, given?, further?, language.to_uppercase()]);
        }
    }
    if found.is_empty() {
        let ask = ["يرجى إضافة اسم الشخص المطلوب فحصه", "Please add the name of the person who is to be examined"];
        return Err(Problem::Missing { field, ask });
    }
    Ok(found)
}

/// Family, given, further names. A name that came whole stays whole, in the family name's place: nobody can know where to
/// divide it, and a hospital searches there first.
fn parts(name: &PersonName) -> [String; 3] {
    if name.given_name.trim().is_empty() || name.family_name.trim().is_empty() {
        return [name.full_name.clone(), String::new(), String::new()];
    }
    let further = [&name.patronymic_name, &name.grandfather_name].map(|part| part.trim());
    [name.family_name.clone(), name.given_name.clone(), further.join(" ")]
}

/// Those that a hospital knows people by, with their types of table 0203.
fn identifiers(field: &'static str, identifiers: &[Identifier]) -> Result<Vec<[String; 3]>, Problem> {
    let mut found = Vec::new();
    for identifier in identifiers {
        let (authority, kind) = match identifier.scheme() {
            IdentifierScheme::AeEid => ("ICP", "NI"),
            IdentifierScheme::Passport => (identifier.issuer.as_str(), "PPN"),
            IdentifierScheme::AeUnified => ("ICP", "UN"),
            IdentifierScheme::GccId => (identifier.issuer.as_str(), "NI"),
            _ => continue,
        };
        // Zeros stand for "no card": a gap, not an identifier.
        if identifier.value.chars().all(|c| matches!(c, '0' | '-')) {
            continue;
        }
        found.push([number(field, &identifier.value)?, number(field, authority)?, kind.to_owned()]);
    }
    if found.is_empty() {
        let ask = [
            "يرجى إضافة رقم جواز السفر أو رقم الهوية للشخص المطلوب فحصه",
            "Please add the passport or identity number of the person who is to be examined",
        ];
        return Err(Problem::Missing { field, ask });
    }
    Ok(found)
}

fn nationality(field: &'static str, code: &str) -> Result<String, Problem> {
    if code.is_empty() || (code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())) {
        return Ok(code.to_owned());
    }
    Err(Problem::Loss { field, what: "must be three letters of ISO 3166-1".into() })
}
