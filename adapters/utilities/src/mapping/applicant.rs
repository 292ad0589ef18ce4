//! Who applies, as the mainframe knows customers: two names, and an Emirates ID or a trade licence.

use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::v1::party::Kind;
use jisr_adapter::proto::v1::{Identifier, IdentifierScheme, Organization, Person};

use super::Problem;
use super::value::digits;

pub(super) const PERSON_NAMES: &str = "applicant.person.names";
pub(super) const ORGANIZATION_NAMES: &str = "applicant.organization.legal_names";
pub(super) const LICENCE: &str = "applicant.organization.identifiers";

pub(super) struct Applicant {
    /// Path of the names, for what is found wrong with them later.
    pub(super) names: &'static str,
    pub(super) name_ar: String,
    pub(super) name_en: String,
    pub(super) emirates_id: String,
    pub(super) licence: String,
}

pub(super) fn applicant(request: &LegRequest) -> Result<Applicant, Problem> {
    let party = request.input.as_ref().and_then(|input| input.applicant.as_ref());
    match party.and_then(|party| party.kind.as_ref()) {
        Some(Kind::Person(person)) => of_person(person),
        Some(Kind::Organization(organization)) => of_organization(organization),
        None => Err(Problem::Loss { field: "applicant", what: "is missing".into() }),
    }
}

fn of_person(person: &Person) -> Result<Applicant, Problem> {
    const IDENTIFIERS: &str = "applicant.person.identifiers";
    let names = person.names.iter().map(|name| (name.language_code.as_str(), name.full_name.as_str()));
    let card = identifier(&person.identifiers, IdentifierScheme::AeEid).ok_or(Problem::Missing {
        field: IDENTIFIERS,
        ask: ["يرجى إضافة رقم الهوية الإماراتية لمقدم الطلب", "Please add the applicant's Emirates ID number"],
    })?;
    Ok(Applicant {
        names: PERSON_NAMES,
        name_ar: name(names.clone(), "ar").ok_or(Problem::Missing {
            field: PERSON_NAMES,
            ask: ["يرجى إضافة اسم مقدم الطلب بالعربية", "Please add the applicant's name in Arabic"],
        })?,
        name_en: name(names, "en").unwrap_or_default(),
        emirates_id: digits(IDENTIFIERS, card, "784-NNNN-NNNNNNN-N")?,
        licence: String::new(),
    })
}

fn of_organization(organization: &Organization) -> Result<Applicant, Problem> {
    let names = organization.legal_names.iter().map(|name| (name.language_code.as_str(), name.text.as_str()));
    let licence = identifier(&organization.identifiers, IdentifierScheme::Licence).ok_or(Problem::Missing {
        field: LICENCE,
        ask: ["يرجى إضافة رقم الرخصة التجارية للمنشأة", "Please add the organisation's trade licence number"],
    })?;
    Ok(Applicant {
        names: ORGANIZATION_NAMES,
        name_ar: name(names.clone(), "ar").ok_or(Problem::Missing {
            field: ORGANIZATION_NAMES,
            ask: ["يرجى إضافة اسم المنشأة بالعربية", "Please add the organisation's name in Arabic"],
        })?,
        name_en: name(names, "en").unwrap_or_default(),
        emirates_id: String::new(),
        licence: licence.trim().to_owned(),
    })
}

fn name<'a>(mut names: impl Iterator<Item = (&'a str, &'a str)>, language: &str) -> Option<String> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).eq_ignore_ascii_case(language);
    names.find(|(tag, name)| primary(tag) && !name.trim().is_empty()).map(|(_, name)| name.trim().to_owned())
}

fn identifier(identifiers: &[Identifier], scheme: IdentifierScheme) -> Option<&str> {
    let found = identifiers.iter().find(|identifier| {
        // Zeros stand for "no card": a gap, not an identifier.
        identifier.scheme == i32::from(scheme)
            && identifier.value.chars().any(|character| !matches!(character, '0' | '-' | ' '))
    });
    found.map(|identifier| identifier.value.as_str())
}
