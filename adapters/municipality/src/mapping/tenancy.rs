//! `tenancy-registration`: the canonical application as the input of `SubmitTenancy`.

use jisr_adapter::proto::adapter::v1::LegRequest;

use super::answers::{Answers, one_of, request_date};
use super::applicant::tenant;
use super::value::{decimal, digits};
use super::{Problem, our_reference};
use crate::messages::Submission;

pub(super) fn submission(request: &LegRequest) -> Result<Submission, Problem> {
    const END: &str = "answers.end_date";
    let answers = Answers::of(request);
    let tenant = tenant(request)?;
    let (start, end) = (answers.day("answers.start_date")?, answers.day(END)?);
    if end <= start {
        return Err(Problem::Loss { field: END, what: "must come after the first day of the tenancy".into() });
    }
    let usages = [("residential", "R"), ("commercial", "C"), ("industrial", "I")];
    let usage = answers.text_if_any("answers.usage")?;
    let fields = vec![
        ("ourReference", our_reference(request)?),
        ("tenantNameAr", tenant.name_ar),
        ("tenantNameEn", tenant.name_en),
        ("tenantIdType", tenant.id_type.to_owned()),
        ("tenantId", tenant.id),
        ("premisesNo", digits("answers.premises_no", answers.text("answers.premises_no")?, 9..=9)?),
        ("startDate", start.to_string()),
        ("endDate", end.to_string()),
        ("annualRent", decimal("answers.annual_rent", answers.text("answers.annual_rent")?, 9)?),
        ("usageCode", usage.map_or(Ok(String::new()), |usage| one_of("answers.usage", usage, &usages))?),
        ("requestDate", request_date(request)?),
    ];
    Ok(Submission { message: "SubmitTenancy", fields })
}
