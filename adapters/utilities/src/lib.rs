//! The adapter of the electricity and water authority: a mainframe that takes batches of records and answers in the morning.
//!
//! [`mapping`] and [`records`] are pure, [`legacy`] is the only I/O, [`error`] says what each fault means for the effect,
//! and this file wires them to the SDK.

pub mod config;
pub mod error;
pub mod legacy;
pub mod mapping;
pub mod records;
#[cfg(feature = "simulator")]
#[path = "../simulator/mod.rs"]
pub mod simulator;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::{Adapter, Answer, Answers, CallFault, CancellationToken, Manifest};

use crate::config::{Config, ConfigError};
use crate::legacy::{Mainframe, Times};

/// `adapter.toml` of this adapter.
pub const MANIFEST: &str = include_str!("../adapter.toml");

/// The adapter for the system that `config` names, and what it promises. Opens no connection yet.
///
/// # Errors
/// [`ConfigError`], naming the key.
pub fn connect(config: &Config) -> Result<(Manifest, Arc<dyn Adapter>), ConfigError> {
    let manifest = Utilities::manifest(config)?;
    Ok((manifest, Arc::new(Utilities::new(config)?)))
}

/// The authority's adapter.
#[derive(Clone)]
pub struct Utilities {
    mainframe: Mainframe,
    poll: Duration,
}

impl Utilities {
    /// The manifest, with the times and the calendar that this configuration gives in place of the manifest's own.
    ///
    /// # Errors
    /// [`ConfigError::Manifest`].
    pub fn manifest(config: &Config) -> Result<Manifest, ConfigError> {
        let time = |duration: Option<jisr_adapter::connectors::HumanDuration>| duration.map(Into::into);
        let wrong = |error: jisr_adapter::ManifestError| ConfigError::Manifest(error.to_string());
        let mut manifest = Manifest::from_toml(MANIFEST)
            .map_err(wrong)?
            .with_times(time(config.call_timeout), time(config.ends_within))
            .with_begin_within(time(config.begin_within))
            .with_calendar(config.calendar.as_ref())
            .map_err(wrong)?;
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
        let manifest = Self::manifest(config)?;
        // The same for all operations; the shortest is right for each.
        let call_timeout = manifest.operations.iter().map(|operation| operation.call_timeout).min().unwrap_or_default();
        let ends_within = manifest.operations.iter().map(|operation| operation.ends_within).min().unwrap_or_default();
        if config.gather() >= call_timeout {
            return Err(ConfigError::Value { field: "gather", problem: "must be shorter than call_timeout" });
        }
        let times = Times { call_timeout, ends_within };
        let mainframe = Mainframe::new(&config.transport()?, config.gather(), config.max_records()?, times);
        Ok(Self { mainframe, poll: config.poll() })
    }
}

#[async_trait]
impl Adapter for Utilities {
    async fn execute(&self, request: &LegRequest) -> Result<Answer, CallFault> {
        match mapping::application(request) {
            Ok(application) => self.mainframe.hand_over(application, request.attempt > 1).await,
            Err(problem) => problem.into_answer(),
        }
    }

    async fn lookup(&self, request: &LegRequest) -> Result<Option<Answer>, CallFault> {
        let reference = mapping::our_reference(request).map_err(mapping::Problem::into_fault)?;
        self.mainframe.search(reference).await
    }

    async fn compensate(&self, _request: &LegRequest) -> Result<Answer, CallFault> {
        let detail = "the mainframe takes nothing back by file; the authority's counter does";
        Err(CallFault::NotDone(Fault::new(FaultClass::Unsupported, "NOT_COMPENSABLE").detail(detail)))
    }

    async fn listen(&self, answers: Answers, stop: CancellationToken) {
        let taking_in = async {
            loop {
                if let Err(error) = self.mainframe.take_in(&answers).await {
                    tracing::warn!(error, "results are not taken in now");
                }
                tokio::time::sleep(self.poll).await;
            }
        };
        stop.run_until_cancelled(taking_in).await;
    }
}
