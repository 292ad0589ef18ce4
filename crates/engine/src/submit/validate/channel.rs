//! Where an application came in, and for whom: both decide whether the service may be applied for at all.

use jisr_core::name::{CentreId, NameError, ServiceId};
use jisr_core::problem::{Problem, Reason, Rule};
use jisr_core::text::{Locale, LocalizedText};
use jisr_proto::v1;
use jisr_proto::v1::{ChannelKind, CustomerCategory};

use super::found::Found;
use super::path::{Path, ROOT};
use super::text::{choice, line};
use crate::catalogue::{Catalogue, Service};

const MAX_COUNTER: usize = 16;
const MAX_AGENT: usize = 64;

/// The service applied for, in the version that was asked for, if one was.
///
/// # Errors
/// SERVICE_NOT_FOUND. A name that is none is noted as a wrong field.
pub(super) fn service<'c>(
    content: &v1::Transaction,
    catalogue: &'c Catalogue,
    found: &mut Found<'c>,
) -> Result<Option<&'c Service>, Problem> {
    let path = ROOT.field("service");
    if content.service.is_empty() {
        found.wrong(path, Rule::Required);
        return Ok(None);
    }
    let id = match ServiceId::from_resource_name(&content.service) {
        Ok(id) => id,
        Err(error) => {
            misnamed(&content.service, ServiceId::COLLECTION, &error, path, found);
            return Ok(None);
        }
    };
    let service = catalogue
        .service(id.as_str())
        .ok_or_else(|| Problem::new(Reason::ServiceNotFound).resource("jisr/Service", id.resource_name()))?;
    if !content.service_version.is_empty() && content.service_version != service.version {
        let allowed = vec![service.version.clone()];
        found.wrong(ROOT.field("service_version"), Rule::NotOneOf { allowed });
    }
    Ok(Some(service))
}

/// The channel, and the centre at which it is.
pub(super) fn channel<'c>(
    given: Option<&mut v1::Channel>,
    catalogue: &'c Catalogue,
    service: Option<&'c Service>,
    found: &mut Found<'c>,
) -> (ChannelKind, Option<CentreId>) {
    let path = ROOT.field("channel");
    let Some(given) = given else {
        found.wrong(path, Rule::Required);
        return (ChannelKind::Unspecified, None);
    };
    let kind = choice(given.kind, ChannelKind::as_str_name, path.field("kind"), found).unwrap_or_default();
    if let Some(service) = service
        && kind != ChannelKind::Unspecified
        && !service.channels.contains(&kind)
    {
        let allowed = service.channels.iter().map(|kind| kind.as_str_name().to_owned()).collect();
        found.wrong(path.field("kind"), Rule::NotOneOf { allowed });
    }
    line(&mut given.counter, MAX_COUNTER, path.field("counter"), found);
    line(&mut given.agent, MAX_AGENT, path.field("agent"), found);
    if kind == ChannelKind::Counter && given.counter.is_empty() {
        found.wrong(path.field("counter"), Rule::Required);
    }
    let place = path.field("centre");
    if given.centre.is_empty() {
        // A counter is known only within its centre.
        if matches!(kind, ChannelKind::Counter | ChannelKind::Kiosk) || !given.counter.is_empty() {
            found.wrong(place, Rule::Required);
        }
        return (kind, None);
    }
    let id = match CentreId::from_resource_name(&given.centre) {
        Ok(id) => id,
        Err(error) => {
            misnamed(&given.centre, CentreId::COLLECTION, &error, place, found);
            return (kind, None);
        }
    };
    let Some(centre) = catalogue.centre(id.as_str()) else {
        found.absent(place, id);
        return (kind, None);
    };
    if !given.counter.is_empty() && !centre.counters.iter().any(|counter| counter.number == given.counter) {
        let allowed = centre.counters.iter().map(|counter| counter.number.clone()).collect();
        found.wrong(path.field("counter"), Rule::NotOneOf { allowed });
    }
    (kind, Some(id))
}

/// A name of another form. Where it is only the id, the clerk is told what to write.
fn misnamed(given: &str, collection: &str, error: &NameError, path: Path<'_>, found: &mut Found<'_>) {
    let bare = matches!(error, NameError::NotInCollection(_)) && ServiceId::new(given).is_ok();
    let id = if bare { given } else { "…" };
    found.wrong(path, Rule::Pattern { expected: format!("{collection}/{id}") });
}

/// The customer's category, which must be one the service serves.
pub(super) fn category(number: i32, service: Option<&Service>, found: &mut Found<'_>) -> CustomerCategory {
    let path = ROOT.field("customer_category");
    let category = choice(number, CustomerCategory::as_str_name, path, found).unwrap_or_default();
    if let Some(service) = service
        && category != CustomerCategory::Unspecified
        && !service.customer_categories.contains(&category)
    {
        let served = |locale, separator: &str| {
            let words = service.customer_categories.iter().map(|category| words(*category, locale));
            words.collect::<Vec<_>>().join(separator)
        };
        found.unfit(LocalizedText::bilingual(
            format!("تُقدَّم الخدمة إلى {}", served(Locale::Ar, " و")),
            format!("the service is for {}", served(Locale::En, ", ")),
        ));
    }
    category
}

/// Whom a category means: in Arabic in the genitive, after "to".
fn words(category: CustomerCategory, locale: Locale) -> &'static str {
    let (ar, en) = match category {
        CustomerCategory::Unspecified => ("جميع المتعاملين", "all customers"),
        CustomerCategory::IndividualCitizen => ("المواطنين", "citizens"),
        CustomerCategory::IndividualResident => ("المقيمين", "residents"),
        CustomerCategory::GccNational => ("مواطني دول مجلس التعاون", "GCC nationals"),
        CustomerCategory::Visitor => ("الزوار", "visitors"),
        CustomerCategory::Business => ("المنشآت", "businesses"),
        CustomerCategory::Government => ("الجهات الحكومية", "government entities"),
    };
    match locale {
        Locale::Ar => ar,
        Locale::En => en,
    }
}
