//! The Department of Economy's adapter: business licensing of 1998, a relational database with stored procedures, on
//! PostgreSQL or MariaDB.
//!
//! [`mapping`] and [`messages`] are pure, [`statements`] holds all SQL, [`legacy`] is the only I/O, [`error`] says what each
//! fault means for the effect, and this file wires them to the SDK.

pub mod config;
pub mod error;
pub mod legacy;
mod listen;
pub mod mapping;
pub mod messages;
#[cfg(feature = "simulator")]
#[path = "../simulator/mod.rs"]
pub mod simulator;
pub mod statements;

use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::connectors::sql::LegacyText;
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::{Adapter, Answer, Answers, CallFault, CancellationToken, Manifest, ManifestError, async_trait};

use crate::config::{Config, ConfigError};
use crate::error::Verdict;
use crate::legacy::{Licensing, Register};

/// `adapter.toml` of this adapter.
pub const MANIFEST: &str = include_str!("../adapter.toml");

/// The adapter for the database that `config` names, and what it promises. Opens no connection yet.
///
/// # Errors
/// [`ConfigError`], naming the key.
pub fn connect(config: &Config) -> Result<(Manifest, Arc<dyn Adapter>), ConfigError> {
    let manifest = Economy::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
    Ok((manifest, Arc::new(Economy::new(config)?)))
}

/// The adapter for a stand-in, for the demo: at hand, and open at any hour.
///
/// # Errors
/// The manifest in the source is wrong; a test keeps it right.
#[cfg(feature = "simulator")]
pub fn connect_stand_in() -> Result<(Manifest, Arc<dyn Adapter>), ManifestError> {
    let manifest = Manifest { calendar: None, ..Manifest::from_toml(MANIFEST)? };
    let text = LegacyText::WINDOWS_1256;
    let system = Arc::new(simulator::StandIn::default());
    Ok((manifest, Arc::new(Economy { system, text, poll_every: Duration::from_secs(1) })))
}

const ISSUE: &str = "licence-issue";
const RENEW: &str = "licence-renew";

/// The Department of Economy's adapter.
#[derive(Clone, Debug)]
pub struct Economy {
    system: Arc<dyn Register>,
    text: LegacyText,
    poll_every: Duration,
}

impl Economy {
    /// The manifest, with the times and the calendar this configuration gives in place of the manifest's own.
    ///
    /// # Errors
    /// The configuration's calendar, or the manifest in the source, is wrong; a test keeps the latter right.
    pub fn manifest(config: &Config) -> Result<Manifest, ManifestError> {
        let time = |duration: Option<jisr_adapter::connectors::HumanDuration>| duration.map(Into::into);
        Manifest::from_toml(MANIFEST)?
            .with_times(time(config.call_timeout), time(config.ends_within))
            .with_begin_within(time(config.begin_within))
            .with_calendar(config.calendar.as_ref())
    }

    /// An adapter for the database that `config` names. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let manifest = Self::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
        let limit = manifest.operations.iter().map(|operation| operation.call_timeout).min();
        let limit = limit.ok_or_else(|| ConfigError::Manifest("there are no operations".into()))?;
        let system = Arc::new(Licensing::new(config, limit)?);
        Ok(Self { system, text: config.legacy_text()?, poll_every: config.poll_every()? })
    }

    async fn apply(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        let decision = match request.operation.as_str() {
            ISSUE => match mapping::issue(request, self.text) {
                Ok(issue) => self.system.issue(&issue).await,
                Err(problem) => return problem.into_answer(),
            },
            RENEW => match mapping::renewal(request, self.text) {
                Ok(renewal) => self.system.renew(&renewal).await,
                Err(problem) => return problem.into_answer(),
            },
            _ => return Err(unknown_operation()),
        };
        let reference = mapping::our_reference(request).map_err(mapping::Problem::into_fault)?;
        match decision {
            Ok(decision) => Ok(mapping::answer(&decision, &reference)),
            Err(verdict) => verdict.into_answer(),
        }
    }
}

fn unknown_operation() -> CallFault {
    CallFault::NotDone(Fault::new(FaultClass::Unsupported, "OPERATION_UNKNOWN"))
}

#[async_trait]
impl Adapter for Economy {
    /// Applies. What is known under our reference already is answered as it stands.
    async fn execute(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.apply(request).await
    }

    /// Never asked: to repeat the call is to ask.
    async fn lookup(&self, _: &LegRequest) -> Result<Option<Answer>, CallFault> {
        Err(CallFault::NotDone(Fault::new(FaultClass::Unsupported, "REQUEST_KIND_UNSUPPORTED")))
    }

    /// Revokes the licence, or the application that is pending still; an unknown one counts as revoked.
    async fn compensate(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        if !matches!(request.operation.as_str(), ISSUE | RENEW) {
            return Err(unknown_operation());
        }
        let reference = mapping::our_reference(request).map_err(mapping::Problem::into_fault)?;
        match self.system.revoke(&reference.to_string()).await {
            Ok(date) => Ok(mapping::revoked(date)),
            // A refusal to revoke is no answer to the customer: somebody has to see to it.
            Err(Verdict::Refused(refused)) => {
                Err(CallFault::NotDone(Fault::new(FaultClass::Permanent, refused.code).detail("revocation refused")))
            }
            Err(verdict) => verdict.into_answer(),
        }
    }

    async fn listen(&self, answers: Answers, stop: CancellationToken) {
        listen::listen(&*self.system, self.poll_every, &answers, &stop).await;
    }
}
