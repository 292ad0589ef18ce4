//! Official numbers of people and organisations. A typed one is not a verified one, and a placeholder is none at all.

use jisr_core::emirates_id::{EmiratesId, Parsed};
use jisr_core::problem::{Rule, Thing};
use jisr_core::time::Timestamp;
use jisr_proto::v1;
use jisr_proto::v1::{AssuranceLevel, IdentifierScheme, VerificationMethod};

use super::found::Found;
use super::path::Path;
use super::text::{choice, date, few, known, line, moment, required};

const MAX_IDENTIFIERS: usize = 20;
const MAX_VALUE: usize = 64;
const MAX_ISSUER: usize = 100;

/// Checks the identifiers of a party and takes placeholders out. Paths are those of the list as it was sent.
pub(super) fn identifiers(list: &mut Vec<v1::Identifier>, above: Path<'_>, now: Timestamp, found: &mut Found<'_>) {
    if !few(list, MAX_IDENTIFIERS, above.field("identifiers"), found) {
        return;
    }
    let mut gaps = Vec::new();
    for index in 0..list.len() {
        let path = above.item("identifiers", index);
        let identifier = &mut list[index];
        let scheme = choice(identifier.scheme, IdentifierScheme::as_str_name, path.field("scheme"), found);
        if matches!(number(identifier, scheme, path.field("value"), found), Number::Placeholder) {
            gaps.push(index);
            continue;
        }
        line(&mut identifier.issuer, MAX_ISSUER, path.field("issuer"), found);
        date(identifier.expiry_date.as_ref(), path.field("expiry_date"), found);
        verification(identifier, path.field("verification"), now, found);
        let own = &list[index];
        let same = |(at, other): (usize, &v1::Identifier)| {
            other.scheme == own.scheme && other.issuer == own.issuer && !gaps.contains(&at)
        };
        if own.scheme != 0 && list[..index].iter().enumerate().any(same) {
            found.wrong(path, Rule::Duplicate);
        }
    }
    for index in gaps.into_iter().rev() {
        list.remove(index);
    }
}

enum Number {
    Kept,
    Placeholder,
}

fn number(
    identifier: &mut v1::Identifier,
    scheme: Option<IdentifierScheme>,
    path: Path<'_>,
    found: &mut Found<'_>,
) -> Number {
    if scheme != Some(IdentifierScheme::AeEid) || identifier.value.is_empty() {
        required(&mut identifier.value, MAX_VALUE, path, found);
        return Number::Kept;
    }
    const WHAT: Thing = Thing::EmiratesId;
    match EmiratesId::parse(&identifier.value) {
        Ok(Parsed::Id { canonical, luhn_ok }) => {
            identifier.value = canonical.to_string();
            if !luhn_ok {
                found.doubtful(path, &Rule::CheckDigit { what: WHAT });
            }
        }
        Ok(Parsed::Placeholder) => {
            found.doubtful(path, &Rule::Placeholder { what: WHAT });
            return Number::Placeholder;
        }
        Err(_) => found.malformed(path, "AE_EID", WHAT),
    }
    Number::Kept
}

/// Says how the number was verified. Nothing said, or typed: the assurance is low, whatever was claimed.
fn verification(identifier: &mut v1::Identifier, path: Path<'_>, now: Timestamp, found: &mut Found<'_>) {
    let given = identifier.verification.get_or_insert_default();
    let method = known(given.method, VerificationMethod::as_str_name, path.field("method"), found);
    known(given.assurance, AssuranceLevel::as_str_name, path.field("assurance"), found);
    if matches!(method, Some(VerificationMethod::Unspecified | VerificationMethod::Typed)) {
        given.set_method(VerificationMethod::Typed);
        given.set_assurance(AssuranceLevel::Low);
    }
    // A day's grace: the clock of a counter is not ours.
    let latest = now.plus(std::time::Duration::from_secs(24 * 3600));
    if moment(given.time.as_ref(), path.field("time"), found).is_some_and(|time| time > latest) {
        found.wrong(path.field("time"), Rule::NotInPast);
    }
}
