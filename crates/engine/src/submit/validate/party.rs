//! Who: applicant, representative and beneficiaries.

use jisr_core::name::id_in;
use jisr_core::problem::{Rule, Thing};
use jisr_core::time::Timestamp;
use jisr_proto::v1;
use jisr_proto::v1::party::Kind;

use super::found::Found;
use super::identifier::identifiers;
use super::path::{Path, ROOT};
use super::text::{
    MAX_LANGUAGES, choice, few, language, last_day, line, lines, localized, past_date, repeated, required,
};

const MAX_BENEFICIARIES: usize = 50;
const MAX_FULL_NAME: usize = 200;
const MAX_NAME_PART: usize = 100;
/// What was received may be longer than the name it holds.
const MAX_SOURCE_TEXT: usize = 1_000;
const MAX_NUMBER: usize = 64;
/// RFC 5321, section 4.5.3.1.3, without the angle brackets.
const MAX_EMAIL: usize = 254;
const MAX_ADDRESS: usize = 500;

/// Checks all parties of an application.
pub(super) fn parties(content: &mut v1::Transaction, now: Timestamp, found: &mut Found<'_>) {
    party(content.applicant.as_mut(), ROOT.field("applicant"), now, found);
    if let Some(given) = &mut content.representative {
        let path = ROOT.field("representative");
        party(given.party.as_mut(), path.field("party"), now, found);
        choice(given.kind, v1::RepresentationKind::as_str_name, path.field("kind"), found);
        line(&mut given.evidence, MAX_NUMBER, path.field("evidence"), found);
        let shown = |evidence: &v1::Evidence| evidence.requirement == given.evidence;
        if !given.evidence.is_empty() && !content.evidence.iter().any(shown) {
            found.wrong(path.field("evidence"), Rule::NotFound { what: Thing::Evidence });
        }
        last_day(given.valid_to_date.as_ref(), path.field("valid_to_date"), now, found);
    }
    if few(&content.beneficiaries, MAX_BENEFICIARIES, ROOT.field("beneficiaries"), found) {
        for (index, beneficiary) in content.beneficiaries.iter_mut().enumerate() {
            party(Some(beneficiary), ROOT.item("beneficiaries", index), now, found);
        }
    }
}

fn party(given: Option<&mut v1::Party>, path: Path<'_>, now: Timestamp, found: &mut Found<'_>) {
    let Some(given) = given else { return found.wrong(path, Rule::Required) };
    if !given.name.is_empty() && (given.name.len() > 100 || id_in("parties", &given.name).is_none()) {
        found.wrong(path.field("name"), Rule::Pattern { expected: "parties/…".to_owned() });
    }
    match &mut given.kind {
        None => found.wrong(path, Rule::Required),
        Some(Kind::Person(given)) => person(given, path.field("person"), now, found),
        Some(Kind::Organization(given)) => organization(given, path.field("organization"), now, found),
    }
}

fn person(given: &mut v1::Person, path: Path<'_>, now: Timestamp, found: &mut Found<'_>) {
    names(&mut given.names, path, found);
    identifiers(&mut given.identifiers, path, now, found);
    past_date(given.birth_date.as_ref(), path.field("birth_date"), now, found);
    line(&mut given.birth_date_source_text, MAX_NAME_PART, path.field("birth_date_source_text"), found);
    let code = given.nationality_code.as_bytes();
    if !matches!(code, [] | [b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z']) {
        found.wrong(path.field("nationality_code"), Rule::Malformed { what: Thing::Country });
    }
    contact(given.contact.as_mut(), path.field("contact"), found);
}

fn names(names: &mut [v1::PersonName], above: Path<'_>, found: &mut Found<'_>) {
    if names.is_empty() {
        found.wrong(above.field("names"), Rule::Required);
    }
    if !few(names, MAX_LANGUAGES, above.field("names"), found) {
        return;
    }
    for index in 0..names.len() {
        let path = above.item("names", index);
        let name = &mut names[index];
        language(&mut name.language_code, path.field("language_code"), found);
        if name.source_text.chars().nth(MAX_SOURCE_TEXT).is_some() {
            found.wrong(path.field("source_text"), Rule::TooLong { max: MAX_SOURCE_TEXT as u64 });
        } else if name.source_text.is_empty() {
            // Before it is brought into order.
            name.source_text.clone_from(&name.full_name);
        }
        required(&mut name.full_name, MAX_FULL_NAME, path.field("full_name"), found);
        line(&mut name.given_name, MAX_NAME_PART, path.field("given_name"), found);
        line(&mut name.patronymic_name, MAX_NAME_PART, path.field("patronymic_name"), found);
        line(&mut name.grandfather_name, MAX_NAME_PART, path.field("grandfather_name"), found);
        line(&mut name.family_name, MAX_NAME_PART, path.field("family_name"), found);
        if repeated(names, index, |a, b| a.language_code == b.language_code) {
            found.wrong(path.field("language_code"), Rule::Duplicate);
        }
    }
}

fn organization(given: &mut v1::Organization, path: Path<'_>, now: Timestamp, found: &mut Found<'_>) {
    if given.legal_names.is_empty() {
        found.wrong(path.field("legal_names"), Rule::Required);
    }
    localized(&mut given.legal_names, MAX_FULL_NAME, path, "legal_names", found);
    // A company that applies for its first licence has none.
    line(&mut given.licence_no, MAX_NUMBER, path.field("licence_no"), found);
    line(&mut given.licence_authority, MAX_FULL_NAME, path.field("licence_authority"), found);
    let tax_no = given.tax_no.as_bytes();
    if !matches!(tax_no.len(), 0 | 15) || !tax_no.iter().all(u8::is_ascii_digit) {
        found.wrong(path.field("tax_no"), Rule::Pattern { expected: "100123456700003".to_owned() });
    }
    identifiers(&mut given.identifiers, path, now, found);
    contact(given.contact.as_mut(), path.field("contact"), found);
}

fn contact(given: Option<&mut v1::Contact>, path: Path<'_>, found: &mut Found<'_>) {
    let Some(given) = given else { return };
    if !given.phone_number.is_empty() && !is_e164(&given.phone_number) {
        found.wrong(path.field("phone_number"), Rule::Malformed { what: Thing::Phone });
    }
    if !given.email.is_empty() && !is_email(&given.email) {
        found.wrong(path.field("email"), Rule::Malformed { what: Thing::Email });
    }
    lines(&mut given.postal_address, MAX_ADDRESS, path.field("postal_address"), found);
}

/// `+` and up to 15 digits, the first of them no zero.
fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default().as_bytes();
    (7..=15).contains(&digits.len()) && digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit)
}

/// Only what no address can do without: whether it exists, a letter to it tells.
fn is_email(address: &str) -> bool {
    let printable = |c: char| !c.is_whitespace() && !c.is_control();
    let parts = address.rsplit_once('@');
    address.len() <= MAX_EMAIL
        && address.chars().all(printable)
        && parts
            .is_some_and(|(user, host)| !user.is_empty() && !user.contains('@') && host.len() > 2 && host.contains('.'))
}
