//! The canonical application to building control's, and its result back. Pure: no I/O, no clock.

mod answer;
mod answers;
mod applicant;
mod food_permit;
mod noc;
mod tenancy;
mod value;

pub use jisr_adapter::Problem;
use jisr_adapter::proto::adapter::v1::LegRequest;

pub(crate) use answer::localized;
pub use answer::{answer, withdrawn};

use crate::messages::Submission;

/// What can be applied for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// A no-objection certificate for building work.
    BuildingNoc,
    /// A permit to prepare or sell food.
    FoodPermit,
    /// A tenancy on the register.
    Tenancy,
}

impl Service {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::BuildingNoc, Self::FoodPermit, Self::Tenancy];

    /// The operation of the manifest.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::BuildingNoc => "building-noc",
            Self::FoodPermit => "food-establishment-permit",
            Self::Tenancy => "tenancy-registration",
        }
    }

    /// The service that a request is for, if it is one of these.
    #[must_use]
    pub fn of(request: &LegRequest) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.operation() == request.operation)
    }

    /// The input of this service's `Submit…`.
    ///
    /// # Errors
    /// [`Problem`], naming the field.
    pub fn submission(self, request: &LegRequest) -> Result<Submission, Problem> {
        match self {
            Self::BuildingNoc => noc::submission(request),
            Self::FoodPermit => food_permit::submission(request),
            Self::Tenancy => tenancy::submission(request),
        }
    }

    /// What the number is called in the outcome, and what is issued.
    const fn issues(self) -> (&'static str, &'static str) {
        match self {
            Self::BuildingNoc => ("noc_no", "no-objection-certificate"),
            Self::FoodPermit => ("permit_no", "food-establishment-permit"),
            Self::Tenancy => ("registration_no", "tenancy-certificate"),
        }
    }
}

/// Length of building control's column for our reference.
const REFERENCE_LIMIT: usize = 80;

/// What building control knows a piece of work by: the receipt's number and the leg, which together outlive every
/// attempt. A transaction may hold two legs of one operation, so the receipt's number alone would confuse them.
///
/// # Errors
/// It is missing, or longer than building control's column.
pub fn our_reference(request: &LegRequest) -> Result<String, Problem> {
    const FIELD: &str = "reference_no";
    if request.reference_no.is_empty() || request.leg.is_empty() {
        return Err(Problem::Loss { field: FIELD, what: "the request carries no reference".into() });
    }
    value::carried(FIELD, &format!("{}/{}", request.reference_no, request.leg), REFERENCE_LIMIT)
}
