//! People and organisations as business licensing knows them: a name in Arabic, perhaps one in English, and a number.

use jisr_adapter::connectors::sql::LegacyText;
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::v1::party::Kind;
use jisr_adapter::proto::v1::{Identifier, IdentifierScheme, Organization, Party, Person};

use super::Problem;
use super::value::{carried, number};

const NAME_LIMIT: usize = 120;
const PARTNERS_LIMIT: usize = 400;
const NUMBER_LIMIT: usize = 20;

/// Who the licence is for.
pub(super) struct Owner {
    pub(super) name_ar: Vec<u8>,
    pub(super) name_en: Option<Vec<u8>>,
    pub(super) id: String,
}

pub(super) fn owner(request: &LegRequest, text: LegacyText) -> Result<Owner, Problem> {
    match applicant(request) {
        Some(Kind::Person(person)) => of_person(person, text),
        Some(Kind::Organization(organization)) => of_organization(organization, text),
        None => Err(Problem::Loss { field: "applicant", what: "is missing".into() }),
    }
}

/// The organisation whose licence it is.
pub(super) fn holder(request: &LegRequest, text: LegacyText) -> Result<Vec<u8>, Problem> {
    match applicant(request) {
        Some(Kind::Organization(organization)) => legal_name(organization, text),
        _ => Err(Problem::Loss { field: "applicant.organization", what: "is missing".into() }),
    }
}

/// The partners' Arabic names, one after the other, where there are any.
pub(super) fn partners(request: &LegRequest, text: LegacyText) -> Result<Option<Vec<u8>>, Problem> {
    const FIELD: &str = "beneficiaries";
    let parties = request.input.iter().flat_map(|input| &input.beneficiaries);
    let names = parties.map(|party| {
        let name = match party.kind.as_ref() {
            Some(Kind::Person(person)) => {
                of(person.names.iter().map(|name| (&name.language_code, &name.full_name)), "ar")
            }
            Some(Kind::Organization(organization)) => {
                of(organization.legal_names.iter().map(|name| (&name.language_code, &name.text)), "ar")
            }
            None => None,
        };
        name.ok_or(Problem::Missing {
            field: FIELD,
            ask: ["يرجى إضافة اسم كل شريك بالعربية", "Please add every partner's name in Arabic"],
        })
    });
    let names: Vec<_> = names.collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Ok(None);
    }
    carried(FIELD, &names.join(" / "), PARTNERS_LIMIT, text).map(Some)
}

fn applicant(request: &LegRequest) -> Option<&Kind> {
    request.input.as_ref().and_then(|input| input.applicant.as_ref()).and_then(|party: &Party| party.kind.as_ref())
}

fn of_person(person: &Person, text: LegacyText) -> Result<Owner, Problem> {
    const NAMES: &str = "applicant.person.names";
    const IDENTIFIERS: &str = "applicant.person.identifiers";
    let name = |language| of(person.names.iter().map(|name| (&name.language_code, &name.full_name)), language);
    let name_ar = name("ar").ok_or(Problem::Missing {
        field: NAMES,
        ask: ["يرجى إضافة اسم مقدم الطلب بالعربية", "Please add the applicant's name in Arabic"],
    })?;
    let id = identity(&person.identifiers).ok_or(Problem::Missing {
        field: IDENTIFIERS,
        ask: [
            "يرجى إضافة رقم الهوية أو جواز السفر لمقدم الطلب",
            "Please add the applicant's identity card or passport number",
        ],
    })?;
    Ok(Owner {
        name_ar: carried(NAMES, name_ar, NAME_LIMIT, text)?,
        name_en: name("en").map(|name| carried(NAMES, name, NAME_LIMIT, text)).transpose()?,
        id: number(IDENTIFIERS, id, NUMBER_LIMIT)?,
    })
}

fn of_organization(organization: &Organization, text: LegacyText) -> Result<Owner, Problem> {
    const NAMES: &str = "applicant.organization.legal_names";
    const LICENCE: &str = "applicant.organization.licence_no";
    let english = of(organization.legal_names.iter().map(|name| (&name.language_code, &name.text)), "en");
    if organization.licence_no.trim().is_empty() {
        return Err(Problem::Missing {
            field: LICENCE,
            ask: ["يرجى إضافة رقم رخصة المنشأة", "Please add the organisation's licence number"],
        });
    }
    Ok(Owner {
        name_ar: legal_name(organization, text)?,
        name_en: english.map(|name| carried(NAMES, name, NAME_LIMIT, text)).transpose()?,
        id: number(LICENCE, &organization.licence_no, NUMBER_LIMIT)?,
    })
}

fn legal_name(organization: &Organization, text: LegacyText) -> Result<Vec<u8>, Problem> {
    const NAMES: &str = "applicant.organization.legal_names";
    let name = of(organization.legal_names.iter().map(|name| (&name.language_code, &name.text)), "ar");
    let name = name.ok_or(Problem::Missing {
        field: NAMES,
        ask: ["يرجى إضافة اسم المنشأة بالعربية", "Please add the organisation's name in Arabic"],
    })?;
    carried(NAMES, name, NAME_LIMIT, text)
}

/// The name in that language.
fn of<'a>(mut names: impl Iterator<Item = (&'a String, &'a String)>, language: &str) -> Option<&'a str> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).eq_ignore_ascii_case(language);
    names.find(|(tag, name)| primary(tag) && !name.trim().is_empty()).map(|(_, name)| name.trim())
}

/// The best number there is: the national card, another state's, a passport.
fn identity(identifiers: &[Identifier]) -> Option<&str> {
    let order = [IdentifierScheme::AeEid, IdentifierScheme::GccId, IdentifierScheme::Passport];
    order.into_iter().find_map(|scheme| {
        let found = identifiers.iter().find(|identifier| {
            // Zeros stand for "no card": a gap, not an identifier.
            identifier.scheme() == scheme && identifier.value.chars().any(|c| !matches!(c, '0' | '-' | ' '))
        });
        found.map(|identifier| identifier.value.as_str())
    })
}
