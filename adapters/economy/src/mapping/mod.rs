//! The canonical application to business licensing's, and its decision back. Pure: no I/O, no clock.

mod answer;
mod issue;
mod party;
mod renewal;
mod value;

pub use jisr_adapter::Problem;
use jisr_adapter::Reference;
use jisr_adapter::proto::adapter::v1::LegRequest;

pub(crate) use answer::localized;
pub use answer::{answer, own_word, revoked};
pub use issue::issue;
pub use renewal::renewal;

/// What business licensing knows a piece of work by. Its column has room for 60 characters, so the reference brings an
/// answer home by itself.
///
/// # Errors
/// The request names no transaction or leg.
pub fn our_reference(request: &LegRequest) -> Result<Reference, Problem> {
    Reference::of(request)
        .map_err(|_| Problem::Loss { field: "transaction", what: "the request carries no reference".into() })
}
