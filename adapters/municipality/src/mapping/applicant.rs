//! Who applies, as building control knows applicants: two names and an Emirates ID.

use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::v1::party::Kind;
use jisr_adapter::proto::v1::{Identifier, IdentifierScheme, LocalizedText, Organization, Party, Person, PersonName};

use super::Problem;
use super::value::{carried, shaped};

const NAME_LIMIT: usize = 200;
const LICENCE_LIMIT: usize = 20;

/// A person, or an organisation under its own name with the Emirates ID of the person who acts for it.
pub(super) struct Applicant {
    pub(super) name_ar: String,
    pub(super) name_en: String,
    pub(super) emirates_id: String,
}

pub(super) fn applicant(request: &LegRequest) -> Result<Applicant, Problem> {
    let input = request.input.as_ref();
    match input.and_then(|input| kind(input.applicant.as_ref())) {
        Some(Kind::Person(person)) => of_person(person),
        Some(Kind::Organization(organization)) => {
            let representative = input.and_then(|input| kind(input.representative.as_ref()?.party.as_ref()));
            of_organization(organization, representative)
        }
        None => Err(Problem::Loss { field: "applicant", what: "is missing".into() }),
    }
}

/// Who rents: a person by the Emirates ID, an organisation by its licence.
pub(super) struct Tenant {
    pub(super) name_ar: String,
    pub(super) name_en: String,
    pub(super) id_type: &'static str,
    pub(super) id: String,
}

pub(super) fn tenant(request: &LegRequest) -> Result<Tenant, Problem> {
    match request.input.as_ref().and_then(|input| kind(input.applicant.as_ref())) {
        Some(Kind::Person(person)) => {
            let Applicant { name_ar, name_en, emirates_id } = of_person(person)?;
            Ok(Tenant { name_ar, name_en, id_type: "EID", id: emirates_id })
        }
        Some(Kind::Organization(organization)) => {
            const LICENCE: &str = "applicant.organization.licence_no";
            let [name_ar, name_en] = names_of(organization)?;
            if organization.licence_no.trim().is_empty() {
                let ask = ["يرجى إضافة رقم رخصة المنشأة", "Please add the organisation's licence number"];
                return Err(Problem::Missing { field: LICENCE, ask });
            }
            let id = carried(LICENCE, organization.licence_no.trim(), LICENCE_LIMIT)?;
            Ok(Tenant { name_ar, name_en, id_type: "LIC", id })
        }
        None => Err(Problem::Loss { field: "applicant", what: "is missing".into() }),
    }
}

/// The names of the organisation that applies, Arabic and English.
pub(super) fn organization_names(request: &LegRequest) -> Result<[String; 2], Problem> {
    match request.input.as_ref().and_then(|input| kind(input.applicant.as_ref())) {
        Some(Kind::Organization(organization)) => names_of(organization),
        _ => {
            let what = "must be an organisation: only one can hold this permit".into();
            Err(Problem::Loss { field: "applicant.organization", what })
        }
    }
}

fn kind(party: Option<&Party>) -> Option<&Kind> {
    party.and_then(|party| party.kind.as_ref())
}

fn of_person(person: &Person) -> Result<Applicant, Problem> {
    const NAMES: &str = "applicant.person.names";
    let part = |name: &PersonName| (name.language_code.clone(), name.full_name.clone());
    let names: Vec<_> = person.names.iter().map(part).collect();
    Ok(Applicant {
        name_ar: name(NAMES, &names, "ar")?.ok_or(Problem::Missing {
            field: NAMES,
            ask: ["يرجى إضافة اسم مقدم الطلب بالعربية", "Please add the applicant's name in Arabic"],
        })?,
        name_en: name(NAMES, &names, "en")?.unwrap_or_default(),
        emirates_id: emirates_id("applicant.person.identifiers", &person.identifiers)?.ok_or(Problem::Missing {
            field: "applicant.person.identifiers",
            ask: ["يرجى إضافة رقم الهوية الإماراتية لمقدم الطلب", "Please add the applicant's Emirates ID number"],
        })?,
    })
}

fn names_of(organization: &Organization) -> Result<[String; 2], Problem> {
    const NAMES: &str = "applicant.organization.legal_names";
    let part = |name: &LocalizedText| (name.language_code.clone(), name.text.clone());
    let names: Vec<_> = organization.legal_names.iter().map(part).collect();
    let arabic = name(NAMES, &names, "ar")?.ok_or(Problem::Missing {
        field: NAMES,
        ask: ["يرجى إضافة اسم المنشأة بالعربية", "Please add the organisation's name in Arabic"],
    })?;
    Ok([arabic, name(NAMES, &names, "en")?.unwrap_or_default()])
}

fn of_organization(organization: &Organization, representative: Option<&Kind>) -> Result<Applicant, Problem> {
    const IDENTIFIERS: &str = "representative.party.person.identifiers";
    let identifiers = match representative {
        Some(Kind::Person(person)) => person.identifiers.as_slice(),
        _ => &[],
    };
    let [name_ar, name_en] = names_of(organization)?;
    Ok(Applicant {
        name_ar,
        name_en,
        emirates_id: emirates_id(IDENTIFIERS, identifiers)?.ok_or(Problem::Missing {
            field: IDENTIFIERS,
            ask: [
                "يرجى إضافة ممثل المنشأة ورقم هويته الإماراتية",
                "Please add who represents the organisation, with the Emirates ID number",
            ],
        })?,
    })
}

/// The name in that language, as it was written: building control compares nothing.
fn name(field: &'static str, names: &[(String, String)], language: &str) -> Result<Option<String>, Problem> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).eq_ignore_ascii_case(language);
    let found = names.iter().find(|(tag, name)| primary(tag) && !name.trim().is_empty());
    found.map(|(_, name)| carried(field, name.trim(), NAME_LIMIT)).transpose()
}

fn emirates_id(field: &'static str, identifiers: &[Identifier]) -> Result<Option<String>, Problem> {
    let found = identifiers.iter().find(|identifier| {
        // Zeros stand for "no card": a gap, not an identifier.
        identifier.scheme == i32::from(IdentifierScheme::AeEid)
            && identifier.value.chars().any(|c| !matches!(c, '0' | '-'))
    });
    found.map(|identifier| shaped(field, &identifier.value, "784-NNNN-NNNNNNN-N")).transpose()
}
