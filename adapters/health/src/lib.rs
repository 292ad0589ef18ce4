//! The health authority's adapter: a hospital information system, HL7 v2.5.1 over MLLP.
//!
//! [`mapping`] and [`messages`] are pure, [`legacy`] is the only I/O towards the hospital and [`results`] takes in what
//! it sends by itself, [`error`] says what each acknowledgement means for the effect, and this file wires them to the SDK.

pub mod config;
pub mod error;
pub mod legacy;
pub mod mapping;
pub mod messages;
pub mod results;
#[cfg(feature = "simulator")]
#[path = "../simulator/mod.rs"]
pub mod simulator;

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use jisr_adapter::connectors::mllp::ListenerSettings;
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::{Adapter, Answer, Answers, CallFault, CancellationToken, Manifest, ManifestError};

use crate::config::{Config, ConfigError};
use crate::error::Verdict;
use crate::legacy::Hospital;
use crate::messages::Site;

/// `adapter.toml` of this adapter.
pub const MANIFEST: &str = include_str!("../adapter.toml");

/// The only operation so far.
const FITNESS_ORDER: &str = "fitness-order";

/// The adapter for the system that `config` names, and what it promises. Opens nothing yet.
///
/// # Errors
/// [`ConfigError`], naming the key.
pub fn connect(config: &Config) -> Result<(Manifest, Arc<dyn Adapter>), ConfigError> {
    let manifest = Health::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
    Ok((manifest, Arc::new(Health::new(config)?)))
}

/// The health authority's adapter.
#[derive(Clone, Debug)]
pub struct Health {
    system: Hospital,
    site: Arc<Site>,
    listen: SocketAddr,
    listener: ListenerSettings,
}

impl Health {
    /// The manifest, with the times this configuration gives in place of the manifest's own.
    ///
    /// # Errors
    /// The manifest in the source is wrong; a test keeps it right.
    pub fn manifest(config: &Config) -> Result<Manifest, ManifestError> {
        let time = |duration: Option<jisr_adapter::connectors::HumanDuration>| duration.map(Into::into);
        let mut manifest = Manifest::from_toml(MANIFEST)?
            .with_times(time(config.call_timeout), time(config.ends_within))
            .with_begin_within(time(config.begin_within));
        // One message at a time on each connection: more calls than those would only wait for one another.
        for operation in &mut manifest.operations {
            operation.max_in_flight = config.connections.unwrap_or(operation.max_in_flight).max(1);
        }
        Ok(manifest)
    }

    /// An adapter for the system that `config` names. Opens nothing yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let manifest = Self::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
        let (limit, connections) = manifest
            .operation(FITNESS_ORDER)
            .map(|operation| (operation.call_timeout, operation.max_in_flight))
            .ok_or_else(|| ConfigError::Manifest(format!("there is no operation {FITNESS_ORDER}")))?;
        Ok(Self {
            system: Hospital::new(config, limit, connections)?,
            site: Arc::new(config.site()?),
            listen: config.listen,
            listener: config.listener()?,
        })
    }

    /// Orders the examination once. The hospital would take a repetition for another order.
    ///
    /// # Errors
    /// [`CallFault`]: certainly not taken, or perhaps taken.
    pub async fn order(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        known_operation(request)?;
        let order = match mapping::order(request, &self.site) {
            Ok(order) => order,
            Err(problem) => return problem.into_answer(),
        };
        match self.system.send(&order.control_id, &messages::new_order(&order, &self.site)).await {
            // It has taken this very order before: what is wanted is there, once.
            Ok(()) | Err(Verdict::AlreadyTaken) => Ok(mapping::taken(&order.reference)),
            // By this number an operator can ask the hospital.
            Err(Verdict::Fault(CallFault::Doubtful { detail })) => {
                Err(CallFault::Doubtful { detail: format!("{detail}; order number {}", order.reference) })
            }
            Err(verdict) => verdict.into_answer(),
        }
    }

    /// Cancels the order; one that the hospital does not know, or has cancelled before, counts as cancelled.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn cancel(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        known_operation(request)?;
        let cancellation = mapping::cancellation(request, &self.site).map_err(mapping::Problem::into_fault)?;
        match self.system.send(&cancellation.control_id, &messages::cancel_order(&cancellation, &self.site)).await {
            Ok(()) | Err(Verdict::AlreadyTaken | Verdict::AlreadyCancelled) => {
                Ok(mapping::cancelled(&cancellation.reference, true))
            }
            Err(Verdict::UnknownOrder) => Ok(mapping::cancelled(&cancellation.reference, false)),
            // A refusal to cancel is no answer to the customer: somebody has to see to it.
            Err(Verdict::Refused(refused)) => {
                let fault = Fault::new(FaultClass::Permanent, refused.code).detail("cancellation refused");
                Err(CallFault::NotDone(fault))
            }
            Err(verdict) => verdict.into_answer(),
        }
    }
}

fn known_operation(request: &LegRequest) -> Result<(), CallFault> {
    if request.operation == FITNESS_ORDER {
        return Ok(());
    }
    Err(CallFault::NotDone(Fault::new(FaultClass::Unsupported, "OPERATION_UNKNOWN")))
}

#[async_trait]
impl Adapter for Health {
    async fn execute(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.order(request).await
    }

    /// Never called: the effect is `once`, as there is no query.
    async fn lookup(&self, _: &LegRequest) -> Result<Option<Answer>, CallFault> {
        Err(CallFault::NotDone(Fault::new(FaultClass::Unsupported, "LOOKUP_UNSUPPORTED")))
    }

    async fn compensate(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.cancel(request).await
    }

    async fn listen(&self, answers: Answers, stop: CancellationToken) {
        results::listen(self.listen, self.listener.clone(), answers, stop).await;
    }
}
