//! The canonical application to the hospital's order, and its result back. Pure: no I/O, no clock.

mod answer;
mod order;
mod patient;
mod value;

pub use jisr_adapter::Problem;
use jisr_adapter::Reference;
use jisr_adapter::proto::adapter::v1::LegRequest;

pub use answer::{answer, cancelled, taken};
pub(crate) use answer::{by_script, localized};
pub use order::{cancellation, order};

use crate::messages::Site;

/// The placer order number: our reference, by which the result finds its way back. HL7 2.5.1 gives the field 22 characters
/// in one table and its component 199 in another; systems differ accordingly, and one that cuts it is never sent it.
///
/// # Errors
/// The request names no transaction, or the hospital does not keep so long a number.
pub fn our_reference(request: &LegRequest, site: &Site) -> Result<String, Problem> {
    const FIELD: &str = "leg";
    let reference = Reference::of(request)
        .map_err(|_| Problem::Loss { field: FIELD, what: "the request names no transaction and leg".into() })?
        .to_string();
    if reference.len() > site.order_number_limit {
        let what = format!(
            "an order number of {} characters; the hospital keeps {}",
            reference.len(),
            site.order_number_limit
        );
        return Err(Problem::Loss { field: FIELD, what });
    }
    Ok(reference)
}

/// MSH-10: at most 20 characters in 2.5.1, so the last 100 bits of the request's id in base 32. A redelivery repeats it.
fn control_id(request: &LegRequest) -> Result<String, Problem> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let hexadecimal: String = request.message_id.chars().filter(|c| *c != '-').collect();
    let bits = u128::from_str_radix(&hexadecimal, 16).ok().filter(|_| hexadecimal.len() == 32);
    let bits = bits.ok_or_else(|| Problem::Loss { field: "message_id", what: "is no UUID".into() })?;
    let letter =
        |place: u32| usize::try_from(bits >> (5 * place) & 31).map_or('0', |value| char::from(ALPHABET[value]));
    Ok((0..20).rev().map(letter).collect())
}
