//! The canonical application to the inspection system's, and its reports back. Pure: no I/O, no clock.

mod application;
mod report;
mod value;

pub use jisr_adapter::Problem;
use jisr_adapter::Reference;
use jisr_adapter::connectors::amqp::Charset;
use jisr_adapter::proto::adapter::v1::LegRequest;

pub use application::application;
pub use report::{Meaning, decided, meaning, withdrawn};

/// Length of the inspection system's column for our reference.
const REFERENCE_LIMIT: usize = 64;

/// What the inspection system knows a piece of work by.
///
/// # Errors
/// The request names no transaction or leg, or the reference is longer than the column.
pub fn our_reference(request: &LegRequest) -> Result<String, Problem> {
    const FIELD: &str = "leg";
    let reference = Reference::of(request)
        .map_err(|_| Problem::Loss { field: FIELD, what: "the request carries no reference".into() })?;
    value::carried(FIELD, &reference.to_string(), REFERENCE_LIMIT, Charset::Utf8)
}
