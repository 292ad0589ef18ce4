//! The canonical application to the permit system's, and its record back. Pure: no I/O, no clock.

mod answer;
mod application;
mod party;
mod value;

pub use jisr_adapter::Problem;
use jisr_adapter::Reference;
use jisr_adapter::proto::adapter::v1::LegRequest;

pub(crate) use answer::localized;
pub use answer::{answer, withdrawn};
pub use application::application;

/// The key of the work in the permit system; the same for every attempt of a leg.
///
/// # Errors
/// The request names no transaction or leg.
pub fn our_reference(request: &LegRequest) -> Result<Reference, Problem> {
    Reference::of(request).map_err(|error| Problem::Loss { field: "leg", what: error.to_string() })
}
