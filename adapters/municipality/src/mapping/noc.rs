//! `building-noc`: the canonical application as the input of `SubmitNoc`.

use jisr_adapter::proto::adapter::v1::LegRequest;

use super::answers::{Answers, one_of, request_date};
use super::applicant::applicant;
use super::value::{carried, decimal, shaped};
use super::{Problem, our_reference};
use crate::messages::Submission;

const DESCRIPTION_LIMIT: usize = 2_000;

pub(super) fn submission(request: &LegRequest) -> Result<Submission, Problem> {
    let answers = Answers::of(request);
    let applicant = applicant(request)?;
    let types = [("villa", "V"), ("commercial", "C"), ("industrial", "I")];
    let fields = vec![
        ("ourReference", our_reference(request)?),
        ("applicantNameAr", applicant.name_ar),
        ("applicantNameEn", applicant.name_en),
        ("emiratesId", applicant.emirates_id),
        ("plotNo", shaped("answers.plot_no", answers.text("answers.plot_no")?, "NNN-NNNN")?),
        ("buildingType", one_of("answers.building_type", answers.text("answers.building_type")?, &types)?),
        ("floors", answers.whole("answers.floors", 1..=200)?.to_string()),
        ("builtAreaSqm", decimal("answers.built_area_sqm", answers.text("answers.built_area_sqm")?, 10)?),
        ("workDescriptionAr", filled("answers.work_description", answers.text("answers.work_description")?)?),
        ("requestDate", request_date(request)?),
    ];
    Ok(Submission { message: "SubmitNoc", fields })
}

fn filled(field: &'static str, value: &str) -> Result<String, Problem> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Problem::Loss { field, what: "is empty".into() });
    }
    carried(field, value, DESCRIPTION_LIMIT)
}
