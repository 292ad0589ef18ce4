//! The canonical application as an order, and its cancellation.

use jiff::Timestamp;
use jisr_adapter::proto::adapter::v1::LegRequest;
use prost_types::value::Kind;

use super::patient::patient;
use super::value::{carried, full_date};
use super::{Problem, control_id, our_reference};
use crate::messages::{Cancellation, Coded, Order, Site};

const EXAMINATIONS: [(&str, Coded); 2] = [
    ("new-residence", ("MF-NEW", "Medical fitness, new residence", "فحص اللياقة الطبية، إقامة جديدة")),
    ("renewal", ("MF-REN", "Medical fitness, renewal of residence", "فحص اللياقة الطبية، تجديد الإقامة")),
];
const OCCUPATIONS: [(&str, Coded); 4] = [
    ("general", ("GEN", "General", "مهن عامة")),
    ("food-handler", ("FOOD", "Food handlers", "متداولو الأغذية")),
    ("domestic", ("DOM", "Domestic workers", "العمالة المنزلية")),
    ("health-care", ("HC", "Health care", "المهن الصحية")),
];

/// The order.
///
/// # Errors
/// [`Problem`], naming the field.
pub fn order(request: &LegRequest, site: &Site) -> Result<Order, Problem> {
    let sent = instant(request.dispatch_time, "dispatch_time")?;
    let input = request.input.as_ref();
    // A retry must not change it, so when the customer applied is preferred.
    let ordered = input.and_then(|input| input.submit_time.or(input.create_time));
    Ok(Order {
        control_id: control_id(request)?,
        reference: our_reference(request, site)?,
        // EI.1 of a group number, which systems keep as long as an order's.
        receipt: carried("reference_no", &request.reference_no, site.order_number_limit, site.charset)?,
        sent,
        ordered: ordered.map_or(Ok(sent), |time| instant(Some(time), "submit_time"))?,
        patient: patient(request, site.charset)?,
        examination: choice(request, "answers.examination", &EXAMINATIONS)?,
        occupation: choice(request, "answers.occupation_category", &OCCUPATIONS)?,
        preferred_date: full_date("answers.preferred_date", text(request, "answers.preferred_date")?)?,
    })
}

/// The cancellation of the order that the same leg made.
///
/// # Errors
/// [`Problem`], naming the field.
pub fn cancellation(request: &LegRequest, site: &Site) -> Result<Cancellation, Problem> {
    Ok(Cancellation {
        control_id: control_id(request)?,
        reference: our_reference(request, site)?,
        sent: instant(request.dispatch_time, "dispatch_time")?,
    })
}

fn instant(time: Option<prost_types::Timestamp>, field: &'static str) -> Result<Timestamp, Problem> {
    time.and_then(|time| Timestamp::from_second(time.seconds).ok())
        .ok_or_else(|| Problem::Loss { field, what: "is missing".into() })
}

fn choice(request: &LegRequest, field: &'static str, table: &[(&str, Coded)]) -> Result<Coded, Problem> {
    let value = text(request, field)?;
    table.iter().find(|(known, _)| *known == value).map(|(_, coded)| *coded).ok_or_else(|| {
        let known: Vec<_> = table.iter().map(|(known, _)| *known).collect();
        Problem::Loss { field, what: format!("the hospital has no code for it; known are {}", known.join(", ")) }
    })
}

fn text<'a>(request: &'a LegRequest, field: &'static str) -> Result<&'a str, Problem> {
    let key = field.rsplit('.').next().unwrap_or(field);
    let answers = request.input.as_ref().and_then(|input| input.answers.as_ref());
    match answers.and_then(|answers| answers.fields.get(key)?.kind.as_ref()) {
        Some(Kind::StringValue(text)) => Ok(text),
        None | Some(Kind::NullValue(_)) => Err(Problem::Missing {
            field,
            ask: [
                "يرجى استكمال هذا الحقل، فهو مطلوب لدى هيئة الصحة",
                "Please fill in this field; the health authority requires it",
            ],
        }),
        Some(_) => Err(Problem::Loss { field, what: "must be a text".into() }),
    }
}
