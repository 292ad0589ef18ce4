//! Payments a front end has already collected.

use jisr_core::money::{Currency, Money};
use jisr_core::problem::{Rule, Thing};
use jisr_proto::google::r#type::Money as WireMoney;
use jisr_proto::v1;

use super::found::Found;
use super::path::{Path, ROOT};
use super::text::{few, line, moment, required};
use crate::catalogue::Service;

const MAX_PAYMENTS: usize = 50;
const MAX_REFERENCE: usize = 100;

/// Checks the payments.
pub(super) fn payments(list: &mut [v1::Payment], service: Option<&Service>, found: &mut Found<'_>) {
    if !few(list, MAX_PAYMENTS, ROOT.field("payments"), found) {
        return;
    }
    for (index, given) in list.iter_mut().enumerate() {
        let path = ROOT.item("payments", index);
        required(&mut given.reference, MAX_REFERENCE, path.field("reference"), found);
        match &given.amount {
            Some(given) => amount(given, path.field("amount"), found),
            None => found.wrong(path.field("amount"), Rule::Required),
        }
        if given.status.is_empty() {
            found.wrong(path.field("status"), Rule::Required);
        } else if given.status.len() > 4 || !given.status.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            // Codes of an external set: those of tomorrow are taken as well.
            found.wrong(path.field("status"), Rule::Pattern { expected: "ACSC".to_owned() });
        }
        line(&mut given.method, MAX_REFERENCE, path.field("method"), found);
        if let Some(service) = service {
            fees(&given.fees, service, path, found);
        }
        moment(given.time.as_ref(), path.field("time"), found);
    }
}

fn amount(given: &WireMoney, path: Path<'_>, found: &mut Found<'_>) {
    let Ok(currency) = given.currency_code.parse::<Currency>() else {
        return found.wrong(path.field("currency_code"), Rule::Malformed { what: Thing::Currency });
    };
    match Money::new(currency, given.units, given.nanos) {
        Ok(money) if money.is_zero() => found.wrong(path, Rule::Required),
        Ok(_) => {}
        Err(_) => found.wrong(path, Rule::Malformed { what: Thing::Amount }),
    }
}

fn fees(codes: &[String], service: &Service, above: Path<'_>, found: &mut Found<'_>) {
    if !few(codes, service.fees.len(), above.field("fees"), found) {
        return;
    }
    for (index, code) in codes.iter().enumerate() {
        if !service.fees.iter().any(|fee| fee.code == *code) {
            let allowed = service.fees.iter().map(|fee| fee.code.clone()).collect();
            found.wrong(above.item("fees", index), Rule::NotOneOf { allowed });
        }
    }
}
