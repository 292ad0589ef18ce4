//! Readers that several kinds of file share: ids, codes, the schema's enumerations, amounts of money.

use std::collections::BTreeSet;
use std::path::Path;

use jisr_core::money::{Currency, Money};
use jisr_core::name::DepartmentId;
use jisr_proto::v1::{ChannelKind, CustomerCategory};

use super::reader::{Fields, Item, did_you_mean, nearest};
use super::report::Report;

/// The ids of all department files, so that one broken department does not make every service wrong.
pub(super) type Departments = BTreeSet<String>;

/// The `id` field: well-formed and equal to the file's name.
pub(super) fn id<T>(fields: &mut Fields<'_>, report: &mut Report) -> Option<T>
where
    T: std::str::FromStr + AsRef<str>,
    T::Err: ToString,
{
    let item = fields.required("id", report)?;
    let id: T = item.parse(report, str::parse)?;
    let stem = Path::new(&report.file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    if id.as_ref() != stem {
        item.error(report, format!("`{}` is not the file's name: write `{stem}` or rename the file", id.as_ref()));
        return None;
    }
    Some(id)
}

/// A department that has a file.
pub(super) fn department(item: &Item<'_>, known: &Departments, report: &mut Report) -> Option<DepartmentId> {
    let id: DepartmentId = item.parse(report, str::parse)?;
    if known.contains(id.as_str()) {
        return Some(id);
    }
    let hint = nearest(id.as_str(), known.iter().map(String::as_str))
        .map_or_else(|| format!("add departments/{id}.yaml"), did_you_mean);
    item.error(report, format!("no department `{id}` in the catalogue; {hint}"));
    None
}

/// A key such as `title-deed`: lower-case letters, digits and single hyphens.
pub(super) fn code(item: &Item<'_>, report: &mut Report) -> Option<String> {
    item.parse(report, |text| {
        let part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let good = text.len() <= 63 && text.split('-').all(part);
        good.then(|| text.to_owned()).ok_or("write lower-case letters and digits joined by hyphens, at most 63")
    })
}

/// A list of the schema's channel kinds, written without their prefix: `COUNTER`.
pub(super) fn channels(item: &Item<'_>, report: &mut Report) -> Option<Vec<ChannelKind>> {
    item.set(report, |item, report| {
        item.parse(report, |text| {
            ChannelKind::from_str_name(&format!("CHANNEL_KIND_{text}"))
                .filter(|kind| *kind != ChannelKind::Unspecified)
                .ok_or("no such channel: COUNTER, WEB, MOBILE, KIOSK, CALL_CENTRE or PARTNER")
        })
    })
}

/// A list of the schema's customer categories, written without their prefix: `BUSINESS`.
pub(super) fn categories(item: &Item<'_>, report: &mut Report) -> Option<Vec<CustomerCategory>> {
    item.set(report, |item, report| {
        item.parse(report, |text| {
            CustomerCategory::from_str_name(&format!("CUSTOMER_CATEGORY_{text}"))
                .filter(|category| *category != CustomerCategory::Unspecified)
                .ok_or(
                    "no such category: INDIVIDUAL_CITIZEN, INDIVIDUAL_RESIDENT, GCC_NATIONAL, VISITOR, BUSINESS \
                     or GOVERNMENT",
                )
        })
    })
}

/// The `amount` and `currency` fields. The amount is text: a number would pass through a float.
pub(super) fn amount(fields: &mut Fields<'_>, report: &mut Report) -> Option<Money> {
    let amount = fields.required("amount", report);
    let currency = fields.required("currency", report);
    let currency = currency.and_then(|item| item.parse(report, str::parse::<Currency>));
    // The amount is looked at even where the currency is wrong; every currency reads alike.
    let amount = amount.and_then(|item| {
        item.parse(report, |text| match Money::from_decimal(currency.unwrap_or(Currency::AED), text) {
            Ok(amount) if amount.is_negative() => Err("a fee is not negative".to_owned()),
            Ok(amount) => Ok(amount),
            Err(error) => Err(format!("{error}: write \"520.00\", without spaces or thousands separators")),
        })
    });
    currency.and(amount)
}
