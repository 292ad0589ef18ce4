//! Whose residence file it is, and who sponsors: the permit system knows a holder and, if it is somebody else, a sponsor.

use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::v1::party::Kind;
use jisr_adapter::proto::v1::{Identifier, IdentifierScheme, LocalizedText, Organization, Party, Person, PersonName};

use super::Problem;
use super::value::{carried, shaped};
use crate::messages::Holder;

const NAME_LIMIT: usize = 200;
const LICENCE_LIMIT: usize = 40;

/// Where the fields of a holder are.
struct Place {
    names: &'static str,
    identifiers: &'static str,
}

const APPLICANT: Place = Place { names: "applicant.person.names", identifiers: "applicant.person.identifiers" };
const BENEFICIARY: Place =
    Place { names: "beneficiaries.person.names", identifiers: "beneficiaries.person.identifiers" };

/// The holder, and the sponsor's name and licence where the applicant is somebody else.
pub(super) struct Parties {
    pub(super) holder: Holder,
    pub(super) sponsor_name_ar: Option<String>,
    pub(super) sponsor_licence_no: Option<String>,
}

/// The applicant alone.
pub(super) fn applicant(request: &LegRequest) -> Result<Holder, Problem> {
    match input_kind(request) {
        Some(Kind::Person(person)) => holder(person, &APPLICANT),
        Some(Kind::Organization(_)) => {
            Err(Problem::Loss { field: "applicant", what: "an organisation has no residence file".into() })
        }
        None => Err(Problem::Loss { field: "applicant", what: "is missing".into() }),
    }
}

/// The one who benefits is the holder and the applicant the sponsor; without one, the applicant is the holder.
pub(super) fn parties(request: &LegRequest) -> Result<Parties, Problem> {
    let beneficiaries = request.input.as_ref().map(|input| input.beneficiaries.as_slice()).unwrap_or_default();
    let beneficiary = match beneficiaries {
        [] => None,
        [Party { kind: Some(Kind::Person(person)), .. }] => Some(person),
        [_] => return Err(Problem::Loss { field: "beneficiaries", what: "must be a person".into() }),
        _ => {
            let what = "a renewal is for one person; the permit system has no place for more";
            return Err(Problem::Loss { field: "beneficiaries", what: what.into() });
        }
    };
    match (input_kind(request), beneficiary) {
        (None, _) => Err(Problem::Loss { field: "applicant", what: "is missing".into() }),
        (Some(Kind::Person(person)), None) => {
            Ok(Parties { holder: holder(person, &APPLICANT)?, sponsor_name_ar: None, sponsor_licence_no: None })
        }
        (Some(Kind::Person(sponsor)), Some(person)) => Ok(Parties {
            holder: holder(person, &BENEFICIARY)?,
            sponsor_name_ar: Some(arabic_name(sponsor, &APPLICANT)?),
            sponsor_licence_no: None,
        }),
        (Some(Kind::Organization(sponsor)), Some(person)) => {
            let holder = holder(person, &BENEFICIARY)?;
            let (sponsor_name_ar, sponsor_licence_no) = organization(sponsor)?;
            Ok(Parties { holder, sponsor_name_ar: Some(sponsor_name_ar), sponsor_licence_no })
        }
        (Some(Kind::Organization(_)), None) => Err(Problem::Missing {
            field: "beneficiaries",
            ask: [
                "يرجى إضافة الشخص المطلوب تجديد إقامته",
                "Please add the person whose residence permit is to be renewed",
            ],
        }),
    }
}

fn input_kind(request: &LegRequest) -> Option<&Kind> {
    request.input.as_ref()?.applicant.as_ref()?.kind.as_ref()
}

fn holder(person: &Person, place: &Place) -> Result<Holder, Problem> {
    Ok(Holder {
        name_ar: arabic_name(person, place)?,
        name_en: name(place.names, &names(person), "en")?,
        emirates_id: emirates_id(place.identifiers, &person.identifiers)?.ok_or(Problem::Missing {
            field: place.identifiers,
            ask: [
                "يرجى إضافة رقم الهوية الإماراتية لصاحب الإقامة",
                "Please add the Emirates ID number of the holder of the residence permit",
            ],
        })?,
    })
}

fn arabic_name(person: &Person, place: &Place) -> Result<String, Problem> {
    name(place.names, &names(person), "ar")?.ok_or(Problem::Missing {
        field: place.names,
        ask: ["يرجى إضافة الاسم بالعربية", "Please add the name in Arabic"],
    })
}

fn organization(organization: &Organization) -> Result<(String, Option<String>), Problem> {
    const NAMES: &str = "applicant.organization.legal_names";
    const IDENTIFIERS: &str = "applicant.organization.identifiers";
    let part = |name: &LocalizedText| (name.language_code.clone(), name.text.clone());
    let names: Vec<_> = organization.legal_names.iter().map(part).collect();
    let name = name(NAMES, &names, "ar")?.ok_or(Problem::Missing {
        field: NAMES,
        ask: ["يرجى إضافة اسم المنشأة بالعربية", "Please add the organisation's name in Arabic"],
    })?;
    let licence = organization.identifiers.iter().find(|known| known.scheme == i32::from(IdentifierScheme::Licence));
    Ok((name, licence.map(|licence| carried(IDENTIFIERS, &licence.value, LICENCE_LIMIT)).transpose()?))
}

fn names(person: &Person) -> Vec<(String, String)> {
    let part = |name: &PersonName| (name.language_code.clone(), name.full_name.clone());
    person.names.iter().map(part).collect()
}

/// The name in that language, as it was written.
fn name(field: &'static str, names: &[(String, String)], language: &str) -> Result<Option<String>, Problem> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).eq_ignore_ascii_case(language);
    let found = names.iter().find(|(tag, name)| primary(tag) && !name.trim().is_empty());
    found.map(|(_, name)| carried(field, name, NAME_LIMIT)).transpose()
}

fn emirates_id(field: &'static str, identifiers: &[Identifier]) -> Result<Option<String>, Problem> {
    let found = identifiers.iter().find(|identifier| {
        // Zeros stand for "no card": a gap, not an identifier.
        identifier.scheme == i32::from(IdentifierScheme::AeEid)
            && identifier.value.chars().any(|c| !matches!(c, '0' | '-'))
    });
    found.map(|identifier| shaped(field, &identifier.value, "784-NNNN-NNNNNNN-N")).transpose()
}
