//! Building control's messages as its WSDL has them: plain structures to XML and back. Pure.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jisr_adapter::connectors::soap::Element;

use crate::config::ElementForm;

/// The target namespace of building control's schema.
pub const NAMESPACE: &str = "urn:municipality:building-control:2001";

/// The zone of dates that carry none. Dubai has been four hours ahead of UTC since 1920, without summer time, so an
/// offset says it all.
pub const DUBAI: Offset = Offset::constant(4);

/// The input of one of the `Submit…` operations, in the order of its schema; every value fits its type in the WSDL.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// The operation.
    pub message: &'static str,
    /// Element and text.
    pub fields: Vec<(&'static str, String)>,
}

/// `xs:dateTime` as building control wants it: local time in Dubai, whole seconds, no zone.
#[must_use]
pub fn written(local: DateTime) -> String {
    local.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The result of the `Submit…` operations and of `FindNoc`.
#[derive(Clone, PartialEq, Eq)]
pub struct NocResult {
    /// Where it stands.
    pub status: Status,
    /// Number of what was applied for, once approved.
    pub noc_number: Option<String>,
    /// The department's words.
    pub remarks_ar: Option<String>,
    /// The department's words.
    pub remarks_en: Option<String>,
    /// Local time in Dubai.
    pub issue_date: Option<DateTime>,
    /// Local time in Dubai; set once withdrawn.
    pub withdrawn_date: Option<DateTime>,
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is issued.
    Approved,
    /// There will be none.
    Refused,
    /// An officer has to decide.
    Pending,
}

/// Writes a `Submit…`.
#[must_use]
pub fn submit(submission: &Submission, form: ElementForm) -> Element {
    let fields: Vec<_> = submission.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    message(submission.message, form, &fields)
}

/// Writes `FindNoc`.
#[must_use]
pub fn find(our_reference: &str, form: ElementForm) -> Element {
    message("FindNoc", form, &[("ourReference", our_reference)])
}

/// Writes `WithdrawNoc`.
#[must_use]
pub fn withdraw(our_reference: &str, reason_ar: &str, form: ElementForm) -> Element {
    message("WithdrawNoc", form, &[("ourReference", our_reference), ("reasonAr", reason_ar)])
}

fn message(name: &str, form: ElementForm, fields: &[(&str, &str)]) -> Element {
    fields.iter().fold(Element::new(NAMESPACE, name), |message, (name, value)| {
        let field = match form {
            ElementForm::Qualified => Element::new(NAMESPACE, *name),
            ElementForm::Unqualified => Element::unqualified(*name),
        };
        message.with_child(field.with_text(*value))
    })
}

/// Reads the answer to a `Submit…` or to `FindNoc`.
///
/// # Errors
/// What is missing or unreadable, by its element; quotes no value.
pub fn noc_result(answer: &Element) -> Result<NocResult, String> {
    let result = unwrap(answer, "status")?;
    let text = |name| result.child_text(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let date = |name| text(name).map(|text| local_date(&text).ok_or(format!("{name} is no xs:dateTime"))).transpose();
    let status = match text("status").as_deref() {
        Some("APPROVED") => Status::Approved,
        Some("REFUSED") => Status::Refused,
        Some("PENDING") => Status::Pending,
        _ => return Err("status is none of APPROVED, REFUSED, PENDING".into()),
    };
    let result = NocResult {
        status,
        noc_number: text("nocNumber"),
        remarks_ar: text("remarksAr"),
        remarks_en: text("remarksEn"),
        issue_date: date("issueDate")?,
        withdrawn_date: date("withdrawnDate")?,
    };
    if status == Status::Approved && result.noc_number.is_none() {
        return Err("approved, but without nocNumber".into());
    }
    Ok(result)
}

/// Reads the answer to `WithdrawNoc`: when it was withdrawn, local time in Dubai.
///
/// # Errors
/// What is missing or unreadable; quotes no value.
pub fn withdrawn_date(answer: &Element) -> Result<DateTime, String> {
    let text = unwrap(answer, "withdrawnDate")?.child_text("withdrawnDate").unwrap_or_default();
    local_date(text.trim()).ok_or_else(|| "withdrawnDate is no xs:dateTime".into())
}

/// Stacks differ in how many wrappers they put around a result; none of them names two children on the way.
fn unwrap<'a>(answer: &'a Element, field: &str) -> Result<&'a Element, String> {
    let mut element = answer;
    loop {
        if element.child(field).is_some() {
            return Ok(element);
        }
        let mut children = element.elements();
        match (children.next(), children.next()) {
            (Some(only), None) => element = only,
            _ => return Err(format!("no {field} in the answer")),
        }
    }
}

/// Dates come without a zone and mean Dubai; a stack that adds one is believed and converted.
fn local_date(text: &str) -> Option<DateTime> {
    let in_dubai = |instant: jiff::Timestamp| instant.to_zoned(TimeZone::fixed(DUBAI)).datetime();
    text.parse().map(in_dubai).or_else(|_| text.parse::<DateTime>()).ok().filter(|_| text.contains('T'))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_mean_dubai() {
        let noon = Some(date(2026, 3, 1).at(12, 0, 0, 0));
        for text in
            ["2026-03-01T12:00:00", "2026-03-01T08:00:00Z", "2026-03-01T12:00:00+04:00", "2026-03-01T12:00:00.000"]
        {
            assert_eq!(local_date(text), noon, "{text}");
        }
        for text in ["", "01/03/2026", "2026-02-30T10:00:00", "٢٠٢٦-٠٣-٠١T12:00:00", "2026-03-01"] {
            assert_eq!(local_date(text), None, "{text}");
        }
    }

    #[test]
    fn results_are_found_under_any_wrapper() {
        let result = Element::unqualified("return")
            .with_child(Element::unqualified("status").with_text("PENDING"))
            .with_child(Element::unqualified("remarksAr").with_text(" قيد الدراسة "));
        for answer in [
            result.clone(),
            Element::new(NAMESPACE, "SubmitNocResponse").with_child(result.clone()),
            Element::new("urn:other", "a").with_child(Element::new("urn:other", "b").with_child(result)),
        ] {
            let read = noc_result(&answer).map(|result| (result.status, result.remarks_ar));
            assert_eq!(read, Ok((Status::Pending, Some("قيد الدراسة".into()))));
        }
    }

    #[test]
    fn unreadable_results_are_named() {
        let of = |fields: &[(&str, &str)]| {
            let answer = fields.iter().fold(Element::unqualified("r"), |answer, (name, value)| {
                answer.with_child(Element::unqualified(*name).with_text(*value))
            });
            noc_result(&answer).map(|_| ()).unwrap_err()
        };
        assert_eq!(of(&[]), "no status in the answer");
        assert_eq!(of(&[("status", "approved")]), "status is none of APPROVED, REFUSED, PENDING");
        assert_eq!(of(&[("status", "APPROVED")]), "approved, but without nocNumber");
        assert_eq!(of(&[("status", "PENDING"), ("issueDate", "غداً")]), "issueDate is no xs:dateTime");
    }

    #[test]
    fn unqualified_stacks_get_unqualified_fields() {
        let message = find("JS-1/noc", ElementForm::Unqualified);
        assert!(message.is(NAMESPACE, "FindNoc"));
        assert_eq!(message.child("ourReference").and_then(|field| field.namespace.as_deref()), None);
    }
}
