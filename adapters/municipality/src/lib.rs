//! The municipality's adapter: building control of 2001, SOAP 1.1.
//!
//! [`mapping`] and [`messages`] are pure, [`legacy`] is the only I/O, [`error`] says what each fault means for the effect,
//! and this file wires them to the SDK.

pub mod config;
pub mod error;
pub mod legacy;
pub mod mapping;
pub mod messages;
#[cfg(feature = "simulator")]
#[path = "../simulator/mod.rs"]
pub mod simulator;

use std::sync::Arc;

use async_trait::async_trait;
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::{Adapter, Answer, CallFault, Manifest, ManifestError};

use crate::config::{Config, ConfigError};
use crate::error::Verdict;
use crate::legacy::{BuildingControl, Finding};
use crate::mapping::Service;

/// `adapter.toml` of this adapter.
pub const MANIFEST: &str = include_str!("../adapter.toml");

/// The adapter for the system that `config` names, and what it promises. Opens no connection yet.
///
/// # Errors
/// [`ConfigError`], naming the key.
pub fn connect(config: &Config) -> Result<(Manifest, Arc<dyn Adapter>), ConfigError> {
    let manifest = Municipality::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
    Ok((manifest, Arc::new(Municipality::new(config)?)))
}

/// The municipality's adapter.
#[derive(Clone, Debug)]
pub struct Municipality {
    system: BuildingControl,
}

impl Municipality {
    /// The manifest, with the times this configuration gives in place of the manifest's own.
    ///
    /// # Errors
    /// A calendar that makes no sense. (That the manifest in the source is right, a test sees to.)
    pub fn manifest(config: &Config) -> Result<Manifest, ManifestError> {
        let time = |duration: Option<jisr_adapter::connectors::HumanDuration>| duration.map(Into::into);
        Manifest::from_toml(MANIFEST)?
            .with_times(time(config.call_timeout), time(config.ends_within))
            .with_begin_within(time(config.begin_within))
            .with_calendar(config.calendar.as_ref())
    }

    /// An adapter for the system that `config` names. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let manifest = Self::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
        // All of them go to the same server, and so wait equally long.
        let limit = manifest.operations.iter().map(|operation| operation.call_timeout).max();
        let limit = limit.ok_or_else(|| ConfigError::Manifest("there is no operation".to_owned()))?;
        Ok(Self { system: BuildingControl::new(config, limit)? })
    }

    /// Submits the application once. Building control would execute a repetition again.
    ///
    /// # Errors
    /// [`CallFault`]: certainly not done, or perhaps done.
    pub async fn submit(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        let service = service(request)?;
        let submission = match service.submission(request) {
            Ok(submission) => submission,
            Err(problem) => return problem.into_answer(),
        };
        match self.system.submit(&submission).await {
            Ok(result) => mapping::answer(service, &result, request),
            Err(verdict) => verdict.into_answer(),
        }
    }

    /// Asks what became of the application, by our reference; nothing if building control does not know it.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn find(&self, request: &LegRequest) -> Result<Option<Answer>, CallFault> {
        let service = service(request)?;
        let reference = mapping::our_reference(request).map_err(mapping::Problem::into_fault)?;
        match self.system.find(&reference).await {
            Ok(Finding::Known(result)) => mapping::answer(service, &result, request).map(Some),
            Ok(Finding::Unknown) => Ok(None),
            Err(verdict) => verdict.into_answer().map(Some),
        }
    }

    /// Withdraws the application; one that building control does not know counts as withdrawn.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn withdraw(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        service(request)?;
        let reference = mapping::our_reference(request).map_err(mapping::Problem::into_fault)?;
        match self.system.withdraw(&reference).await {
            Ok(Finding::Known(date)) => Ok(mapping::withdrawn(Some(date))),
            Ok(Finding::Unknown) => Ok(mapping::withdrawn(None)),
            // A refusal to withdraw is no answer to the customer: somebody has to see to it.
            Err(Verdict::Refused(refused)) => {
                Err(CallFault::NotDone(Fault::new(FaultClass::Permanent, refused.code).detail("withdrawal refused")))
            }
            Err(verdict) => verdict.into_answer(),
        }
    }
}

fn service(request: &LegRequest) -> Result<Service, CallFault> {
    let unknown = || CallFault::NotDone(Fault::new(FaultClass::Unsupported, "OPERATION_UNKNOWN"));
    Service::of(request).ok_or_else(unknown)
}

#[async_trait]
impl Adapter for Municipality {
    async fn execute(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.submit(request).await
    }

    async fn lookup(&self, request: &LegRequest) -> Result<Option<Answer>, CallFault> {
        self.find(request).await
    }

    async fn compensate(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.withdraw(request).await
    }
}
