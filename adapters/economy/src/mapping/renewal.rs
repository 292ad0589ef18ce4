//! The canonical application as the input of `renew_licence`.

use jisr_adapter::connectors::sql::LegacyText;
use jisr_adapter::proto::adapter::v1::LegRequest;
use prost_types::Struct;
use prost_types::value::Kind;

use super::party::holder;
use super::value::{digits, member, required, text};
use super::{Problem, our_reference};
use crate::messages::Renewal;

/// The input of `renew_licence`.
///
/// # Errors
/// [`Problem`], naming the field.
pub fn renewal(request: &LegRequest, legacy: LegacyText) -> Result<Renewal, Problem> {
    const LICENCE: &str = "answers.trade_licence_no";
    let none = Struct::default();
    let answers = request.input.as_ref().and_then(|input| input.answers.as_ref()).unwrap_or(&none);
    let licence_no = digits(LICENCE, required(LICENCE, text(answers, LICENCE)?)?, 6, 9)?;
    Ok(Renewal {
        reference: our_reference(request)?.to_string(),
        holder_ar: holder(request, legacy)?,
        licence_no: licence_no
            .parse()
            .map_err(|_| Problem::Loss { field: LICENCE, what: "is no number of a licence".into() })?,
        years: years(answers)?,
    })
}

/// JSON numbers arrive as floats; the shortest decimal of a whole one holds nothing but its digits.
fn years(answers: &Struct) -> Result<i64, Problem> {
    const FIELD: &str = "answers.years";
    match required(FIELD, member(answers, FIELD))? {
        Kind::NumberValue(number) => number.to_string().parse().ok().filter(|years| (1..=5).contains(years)),
        _ => None,
    }
    .ok_or_else(|| Problem::Loss { field: FIELD, what: "must be a whole number from 1 to 5".into() })
}
