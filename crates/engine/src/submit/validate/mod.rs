//! Checks an application against the schema's rules and the catalogue, brings it into order, and adds what the
//! catalogue promises. Everything that is wrong is told at once, each field by its path. Pure: no I/O, no clock.

mod channel;
mod clear;
mod evidence;
mod found;
mod identifier;
mod matter;
mod party;
mod path;
mod payment;
mod promise;
mod text;

use jisr_core::name::CentreId;
use jisr_core::problem::Problem;
use jisr_core::time::Timestamp;
use jisr_proto::v1;

use self::found::Found;
use crate::catalogue::{Catalogue, Service};

/// An application that may be taken in.
#[derive(Debug)]
pub(crate) struct Valid<'c> {
    /// What is applied for, in the version in force.
    pub(crate) service: &'c Service,
    /// The submitted half of the transaction: what was sent, in order, with the plan's constants.
    pub(crate) content: v1::Transaction,
    /// Where it came in, if at a centre.
    pub(crate) centre: Option<CentreId>,
    /// Until when it waits for the customer, if it says so itself.
    pub(crate) expire_time: Option<Timestamp>,
}

/// Checks an application. Takes it by value: nothing of it is copied that stays as it is.
///
/// # Errors
/// SERVICE_NOT_FOUND; otherwise one problem with all that is wrong: FIELD_INVALID, IDENTIFIER_MALFORMED,
/// CENTRE_NOT_FOUND, NOT_ELIGIBLE or EVIDENCE_MISSING, the first of them that applies.
pub(crate) fn validate(catalogue: &Catalogue, given: v1::Transaction, now: Timestamp) -> Result<Valid<'_>, Problem> {
    let mut content = given;
    let mut found = Found::default();
    clear::clear(&mut content);
    let service = channel::service(&content, catalogue, &mut found)?;
    party::parties(&mut content, now, &mut found);
    let category = channel::category(content.customer_category, service, &mut found);
    let (kind, centre) = channel::channel(content.channel.as_mut(), catalogue, service, &mut found);
    evidence::answers(content.answers.as_ref(), service, &mut found);
    evidence::evidence(&mut content.evidence, service, now, &mut found);
    payment::payments(&mut content.payments, service, &mut found);
    let expire_time = matter::matter(&mut content, now, &mut found);
    content.warnings = found.verdict()?;
    // Without a service something was wrong.
    let service = service.ok_or(jisr_core::problem::Reason::Internal)?;
    promise::promise(&mut content, service, kind, category, now);
    Ok(Valid { service, content, centre, expire_time })
}

#[cfg(test)]
#[allow(clippy::duplicate_mod, reason = "a help for the tests of two private modules, in neither's way")]
#[path = "../../dispatch/needs/schema.rs"]
mod schema;
#[cfg(test)]
mod tests;
