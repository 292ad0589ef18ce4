//! Civil defence's adapter: the inspection system, text messages over AMQP 1.0.
//!
//! [`mapping`] and [`messages`] are pure, [`legacy`] is the only I/O, [`error`] says what each failure means for the
//! effect, and this file wires them to the SDK.

pub mod config;
pub mod error;
pub mod legacy;
pub mod mapping;
pub mod messages;

use std::sync::Arc;

use jisr_adapter::connectors::amqp::{Attachment, Received, Settle};
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::{InProgress, LegRequest, RequestKind};
use jisr_adapter::{Adapter, Answer, Answers, CallFault, CancellationToken, Manifest, ManifestError, async_trait};
use tokio::sync::watch;

use crate::config::{Config, ConfigError};
use crate::legacy::Inspections;
use crate::mapping::Meaning;
use crate::messages::State;

/// `adapter.toml` of this adapter.
pub const MANIFEST: &str = include_str!("../adapter.toml");

/// The adapter for the system that `config` names, and what it promises. Opens no connection yet.
///
/// # Errors
/// [`ConfigError`], naming the key.
pub fn connect(config: &Config) -> Result<(Manifest, Arc<dyn Adapter>), ConfigError> {
    let manifest = CivilDefence::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
    Ok((manifest, Arc::new(CivilDefence::new(config)?)))
}

/// The only operation so far.
const INSPECTION: &str = "inspection";

/// Civil defence's adapter.
pub struct CivilDefence {
    system: Inspections,
}

impl CivilDefence {
    /// The manifest, with the times this configuration gives in place of the manifest's own.
    ///
    /// # Errors
    /// The manifest in the source is wrong; a test keeps it right.
    pub fn manifest(config: &Config) -> Result<Manifest, ManifestError> {
        let time = |duration: Option<jisr_adapter::connectors::HumanDuration>| duration.map(Into::into);
        let mut manifest = Manifest::from_toml(MANIFEST)?
            .with_times(time(config.call_timeout), time(config.ends_within))
            .with_begin_within(time(config.begin_within));
        for operation in &mut manifest.operations {
            operation.answer_within = time(config.answer_within).unwrap_or(operation.answer_within);
        }
        Ok(manifest)
    }

    /// An adapter for the system that `config` names. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let manifest = Self::manifest(config).map_err(|error| ConfigError::Manifest(error.to_string()))?;
        let limit = manifest
            .operation(INSPECTION)
            .map(|operation| operation.call_timeout)
            .ok_or_else(|| ConfigError::Manifest(format!("there is no operation {INSPECTION}")))?;
        Ok(Self { system: Inspections::new(config, limit)? })
    }

    /// Puts the application into the queue once. The inspection system would execute a repetition again.
    ///
    /// # Errors
    /// [`CallFault`]: certainly not done, or perhaps done.
    pub async fn submit(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        known_operation(request)?;
        let application = match mapping::application(request, self.system.charset()) {
            Ok(application) => application,
            Err(problem) => return problem.into_answer(),
        };
        self.system.inspect(&application).await?;
        Ok(Answer::InProgress(InProgress::default()))
    }

    /// Asks how the case stands, by our reference; nothing if the inspection system does not know it.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn find(&self, request: &LegRequest) -> Result<Option<Answer>, CallFault> {
        known_operation(request)?;
        let reference = mapping::our_reference(request).map_err(mapping::Problem::into_fault)?;
        let report = self.system.status(&reference).await?;
        // It waits for the customer, and what he added is what this request brings.
        if report.state == State::More && request.kind() == RequestKind::Execute {
            return Ok(None);
        }
        match mapping::meaning(&report, &request.leg) {
            Meaning::Answer(answer) => Ok(Some(answer)),
            Meaning::Unknown => Ok(None),
            Meaning::Fault(fault) => Err(CallFault::NotDone(fault)),
        }
    }

    /// Withdraws the application; one that the inspection system does not know counts as withdrawn.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn withdraw(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        known_operation(request)?;
        let reference = mapping::our_reference(request).map_err(mapping::Problem::into_fault)?;
        mapping::withdrawn(&self.system.withdraw(&reference).await?)
    }
}

/// Brings one decision home, and says what is to become of its message.
async fn bring(answers: &Answers, received: Received) -> Settle {
    let read = received.text.map_err(|error| error.to_string()).and_then(|text| legacy::decision(&text));
    let (reference, report) = match read {
        Ok(read) => read,
        Err(why) => {
            // Nothing is lost with it: when no decision comes in time the case is asked for.
            tracing::error!(message = %received.message_id, %why, "a decision that cannot be read is put aside");
            return Settle::Reject(why);
        }
    };
    let answer = match mapping::meaning(&report, reference.leg.as_str()) {
        Meaning::Answer(answer) => answer,
        Meaning::Unknown => return Settle::Reject("a decision about a case that it does not know".into()),
        Meaning::Fault(fault) => {
            tracing::error!(%reference, %fault, "the inspection system could not use our message");
            return Settle::Reject(format!("it reports {}", fault.code));
        }
    };
    match answers.give(&reference, answer, mapping::decided(&report)).await {
        Ok(()) => Settle::Accept,
        Err(error) => {
            tracing::warn!(%reference, %error, "a decision is left in its queue for now");
            Settle::Release
        }
    }
}

fn known_operation(request: &LegRequest) -> Result<(), CallFault> {
    if request.operation == INSPECTION {
        return Ok(());
    }
    Err(CallFault::NotDone(Fault::new(FaultClass::Unsupported, "OPERATION_UNKNOWN")))
}

#[async_trait]
impl Adapter for CivilDefence {
    async fn execute(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.submit(request).await
    }

    async fn lookup(&self, request: &LegRequest) -> Result<Option<Answer>, CallFault> {
        self.find(request).await
    }

    async fn compensate(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        self.withdraw(request).await
    }

    async fn listen(&self, answers: Answers, stop: CancellationToken) {
        // How the link stands is told in the log.
        let (attachment, _) = watch::channel(Attachment::default());
        let bring = |received| {
            let answers = answers.clone();
            async move { bring(&answers, received).await }
        };
        self.system.decisions().run(&stop, &attachment, bring).await;
    }
}
