//! `food-establishment-permit`: the canonical application as the input of `SubmitFoodPermit`.

use jisr_adapter::proto::adapter::v1::LegRequest;

use super::answers::{Answers, one_of, request_date};
use super::applicant::organization_names;
use super::value::{carried, digits};
use super::{Problem, our_reference};
use crate::messages::Submission;

const ADDRESS_LIMIT: usize = 300;

pub(super) fn submission(request: &LegRequest) -> Result<Submission, Problem> {
    let answers = Answers::of(request);
    let [name_ar, name_en] = organization_names(request)?;
    let location = request.input.as_ref().and_then(|input| input.location.as_ref());
    let address = location.map(|location| location.address.trim()).unwrap_or_default();
    let makani: String = location.map(|location| location.makani_no.replace(' ', "")).unwrap_or_default();
    let activities = [("restaurant", "R"), ("cafe", "C"), ("bakery", "B"), ("grocery", "G"), ("catering", "K")];
    let fuels = [("gas", "G"), ("electricity", "E"), ("charcoal", "C")];
    let fuel = answers.text_if_any("answers.cooking_fuel")?;
    let fields = vec![
        ("ourReference", our_reference(request)?),
        ("establishmentNameAr", name_ar),
        ("establishmentNameEn", name_en),
        ("tradeLicenceNo", digits("answers.trade_licence_no", answers.text("answers.trade_licence_no")?, 6..=9)?),
        ("activityCode", one_of("answers.activity", answers.text("answers.activity")?, &activities)?),
        ("seats", answers.whole("answers.seating_capacity", 0..=5_000)?.to_string()),
        ("fuelCode", fuel.map_or(Ok(String::new()), |fuel| one_of("answers.cooking_fuel", fuel, &fuels))?),
        ("address", carried("location.address", address, ADDRESS_LIMIT)?),
        ("makaniNo", if makani.is_empty() { makani } else { digits("location.makani_no", &makani, 10..=10)? }),
        ("requestDate", request_date(request)?),
    ];
    Ok(Submission { message: "SubmitFoodPermit", fields })
}
