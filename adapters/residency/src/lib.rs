//! The residency directorate's adapter: the residence permit system, OData v4 with OAuth 2 client credentials.
//!
//! [`mapping`] and [`messages`] are pure, [`legacy`] is the only I/O, [`listen`] brings decisions home that come by
//! themselves, [`error`] says what each answer means for the effect, and this file wires them to the SDK.

pub mod config;
pub mod error;
pub mod legacy;
pub mod listen;
pub mod mapping;
pub mod messages;
#[cfg(feature = "simulator")]
#[path = "../simulator/mod.rs"]
pub mod simulator;

use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::{
    Adapter, Answer, Answers, CallFault, CancellationToken, Manifest, ManifestError, Operation, async_trait,
};

use crate::config::{Config, ConfigError};
use crate::error::Verdict;
use crate::legacy::{Permits, Within};
use crate::mapping::Problem;

/// `adapter.toml` of this adapter.
pub const MANIFEST: &str = include_str!("../adapter.toml");

/// Renewal of a residence permit.
pub(crate) const PERMIT_RENEW: &str = "permit-renew";
/// Change of the address on a residence file.
pub(crate) const ADDRESS_CHANGE: &str = "address-change";

/// The adapter for the system that `config` names, and what it promises. Opens no connection yet.
///
/// # Errors
/// [`ConfigError`], naming the key.
pub fn connect(config: &Config) -> Result<(Manifest, Arc<dyn Adapter>), ConfigError> {
    let manifest = Residency::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
    Ok((manifest, Arc::new(Residency::new(config)?)))
}

/// The residency directorate's adapter.
#[derive(Clone, Debug)]
pub struct Residency {
    system: Permits,
    call_timeout: Duration,
    poll_every: Duration,
}

impl Residency {
    /// The manifest, with the times this configuration gives in place of the manifest's own.
    ///
    /// # Errors
    /// The manifest in the source is wrong; a test keeps it right.
    pub fn manifest(config: &Config) -> Result<Manifest, ManifestError> {
        let time = |duration: Option<jisr_adapter::connectors::HumanDuration>| duration.map(Into::into);
        Ok(Manifest::from_toml(MANIFEST)?
            .with_times(time(config.call_timeout), time(config.ends_within))
            .with_begin_within(time(config.begin_within)))
    }

    /// An adapter for the system that `config` names. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let manifest = Self::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
        let timeout = |name| {
            let operation: Option<&Operation> = manifest.operation(name);
            let missing = || ConfigError::Manifest(format!("there is no operation {name}"));
            operation.map(|operation| operation.call_timeout).ok_or_else(missing)
        };
        let call_timeout = timeout(PERMIT_RENEW)?.min(timeout(ADDRESS_CHANGE)?);
        Ok(Self { system: Permits::new(config, call_timeout)?, call_timeout, poll_every: config.poll_every()? })
    }

    /// Puts the application under our reference; one that is there already is answered by what it says.
    ///
    /// # Errors
    /// [`CallFault`]: certainly not done, or perhaps done.
    pub async fn submit(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        known_operation(request)?;
        let application = match mapping::application(request) {
            Ok(application) => application,
            Err(problem) => return problem.into_answer(),
        };
        match self.system.submit(&application, self.within()).await {
            Ok(record) => mapping::answer(&record, &application.reference).map_err(|why| unreadable(&why)),
            Err(verdict) => verdict.into_answer(),
        }
    }

    /// Withdraws the application; one that the permit system does not know counts as withdrawn.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn withdraw(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        known_operation(request)?;
        let reference = mapping::our_reference(request).map_err(Problem::into_fault)?;
        match self.system.withdraw(&reference, self.within()).await {
            Ok(withdrawn) => Ok(mapping::withdrawn(withdrawn)),
            // A refusal to withdraw is no answer to the customer: somebody has to see to it.
            Err(Verdict::Refused(refused)) => {
                Err(CallFault::NotDone(Fault::new(FaultClass::Permanent, refused.code).detail("withdrawal refused")))
            }
            Err(Verdict::Fault(fault)) => Err(fault),
        }
    }

    /// A little less than the run loop's own limit, so that what is certain can still be said.
    fn within(&self) -> Within {
        Within::from_now(self.call_timeout - self.call_timeout / 20)
    }
}

fn known_operation(request: &LegRequest) -> Result<(), CallFault> {
    if [PERMIT_RENEW, ADDRESS_CHANGE].contains(&request.operation.as_str()) {
        return Ok(());
    }
    Err(CallFault::NotDone(Fault::new(FaultClass::Unsupported, "OPERATION_UNKNOWN")))
}

/// The application is there, and what it says is not to be understood.
fn unreadable(why: &str) -> CallFault {
    CallFault::Doubtful { detail: format!("the answer cannot be read: {why}") }
}

#[async_trait]
impl Adapter for Residency {
    async fn execute(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.submit(request).await
    }

    /// Never asked: both operations can be repeated, and the repetition finds what is there.
    async fn lookup(&self, _request: &LegRequest) -> Result<Option<Answer>, CallFault> {
        Err(CallFault::NotDone(Fault::new(FaultClass::Unsupported, "LOOKUP_UNSUPPORTED")))
    }

    async fn compensate(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.withdraw(request).await
    }

    async fn listen(&self, answers: Answers, stop: CancellationToken) {
        listen::listen(&self.system, &answers, self.poll_every, &stop).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_right() {
        let manifest = Manifest::from_toml(MANIFEST).unwrap();
        assert_eq!(manifest.department.as_str(), "residency");
        for operation in [PERMIT_RENEW, ADDRESS_CHANGE] {
            assert!(manifest.operation(operation).is_some_and(|operation| operation.compensable), "{operation}");
        }
    }
}
