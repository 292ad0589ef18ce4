//! `adapter.toml`: what an adapter can do, and what its department's system promises about effects and time.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jisr_core::name::{DepartmentId, NameError, OperationId};
use jisr_core::policy::Effect;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::v1;
use jisr_runtime::HumanDuration;
use serde::Deserialize;

use crate::calendar::Calendar;

/// The manifest is not usable.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, or a key is unknown, missing or of the wrong type; the message says which and where.
    #[error("adapter.toml: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A name is not one.
    #[error("adapter.toml: {field}: {source}")]
    Name {
        /// The key.
        field: String,
        /// What is wrong.
        source: NameError,
    },
    /// A value that makes no sense.
    #[error("adapter.toml: {field}: {problem}")]
    Value {
        /// The key.
        field: String,
        /// What to do.
        problem: String,
    },
}

/// Calls one after the other for which there is time before the last one must have begun, unless told otherwise.
const ROUNDS: u32 = 4;
/// A bound that also a pause of the whole machine does not usually exceed.
const SHORTEST_BEGIN: Duration = Duration::from_secs(30);
/// Messages of the broker at hand for each call at a time.
const AT_HAND: u16 = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    department: String,
    titles: Titles,
    system: String,
    protocol: String,
    begin_within: Option<HumanDuration>,
    max_pack: Option<u16>,
    calendar: Option<Calendar>,
    operations: BTreeMap<String, FileOperation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Titles {
    ar: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOperation {
    effect: FileEffect,
    call_timeout: HumanDuration,
    ends_within: HumanDuration,
    answer_within: HumanDuration,
    #[serde(default)]
    compensable: bool,
    compensation_effect: Option<FileEffect>,
    max_in_flight: u16,
    retry: FileRetry,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileEffect {
    Idempotent,
    Lookup,
    Once,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRetry {
    first: HumanDuration,
    max: HumanDuration,
    multiplier_percent: u32,
    attempts: u32,
}

/// What an adapter can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Whose adapter it is.
    pub department: DepartmentId,
    /// The department's name, Arabic and English.
    pub titles: [String; 2],
    /// The system behind it, in words.
    pub system: String,
    /// What the system speaks, in words.
    pub protocol: String,
    /// What was given for [`Manifest::begin_within`].
    pub begin_within: Option<Duration>,
    /// What was given for [`Manifest::max_pack`].
    pub max_pack: Option<u16>,
    /// When its system takes requests; always, where nothing is given.
    pub calendar: Option<wire::Calendar>,
    /// What it does; at least one.
    pub operations: Vec<Operation>,
}

/// One operation of a department.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its name.
    pub id: OperationId,
    /// What a second execution would do.
    pub effect: Effect,
    /// After so long the caller gives up; what became of the call is then unknown.
    pub call_timeout: Duration,
    /// So long after its start a call has certainly ended, whatever became of the caller.
    pub ends_within: Duration,
    /// How long the answer may take once the department has the work.
    pub answer_within: Duration,
    /// Whether it can be undone.
    pub compensable: bool,
    /// What a second undoing would do.
    pub compensation_effect: Effect,
    /// Calls at a time that the department's system bears.
    pub max_in_flight: u16,
    /// When to try again; the engine does it.
    pub retry: jisr_core::policy::Retry,
}

impl Manifest {
    /// Reads `adapter.toml`.
    ///
    /// # Errors
    /// [`ManifestError`], naming the key.
    pub fn from_toml(text: &str) -> Result<Self, ManifestError> {
        let file: File = toml::from_str(text)?;
        let named = |field: &str| {
            let field = field.to_owned();
            |source| ManifestError::Name { field, source }
        };
        if file.operations.is_empty() {
            return Err(value("operations", "name at least one operation"));
        }
        let begin_within = file.begin_within.map(Duration::from);
        if begin_within.is_some_and(|given| given.is_zero()) {
            return Err(value("begin_within", "must be more than nothing"));
        }
        if file.max_pack == Some(0) {
            return Err(value("max_pack", "must be at least 1, which means that nothing is packed"));
        }
        let calendar = file.calendar.as_ref().map(Calendar::to_wire).transpose();
        let calendar = calendar.map_err(|(key, problem)| value(&key, &problem))?;
        let operations = file
            .operations
            .into_iter()
            .map(|(name, operation)| {
                let field = format!("operations.{name}");
                operation.check(OperationId::new(&name).map_err(named(&field))?, &field)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            department: DepartmentId::new(&file.department).map_err(named("department"))?,
            titles: [file.titles.ar, file.titles.en],
            system: file.system,
            protocol: file.protocol,
            begin_within,
            max_pack: file.max_pack,
            calendar,
            operations,
        })
    }

    /// The operation of that name.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id.as_str() == id)
    }

    /// Calls at a time over all operations.
    #[must_use]
    pub fn max_in_flight(&self) -> u16 {
        self.operations.iter().map(|operation| operation.max_in_flight).max().unwrap_or(1)
    }

    /// So long after a request came its call may begin; later it is answered as certainly not begun. Whoever gets the
    /// request after us, because we seem to be dead, counts on it: every instance of an adapter must say the same, and
    /// one that is to say less is not started before the last that says more has ended.
    ///
    /// Unless it is given: four times the longest call, at least 30 s.
    #[must_use]
    pub fn begin_within(&self) -> Duration {
        self.begin_within.unwrap_or_else(|| (self.longest_call() * ROUNDS).max(SHORTEST_BEGIN))
    }

    /// Requests that may come as one message of the broker, where the bus packs; 1 is never.
    ///
    /// Unless it is given: so many that the last one of all that may then be at hand can still begin in time, however
    /// slow the calls, and no more than are called at a time. A department that is quick may well be given more.
    #[must_use]
    pub fn max_pack(&self) -> u16 {
        self.max_pack.unwrap_or_else(|| {
            let rounds = self.begin_within().as_millis() / self.longest_call().as_millis().max(1);
            let fits = u16::try_from(rounds / u128::from(AT_HAND)).unwrap_or(u16::MAX);
            fits.clamp(1, self.max_in_flight())
        })
    }

    /// Messages of the broker to have at hand: as many as are called at a time, and as many again, so that a reply's way
    /// to durability does not leave the department idle.
    #[must_use]
    pub(crate) fn prefetch(&self) -> u16 {
        self.max_in_flight().saturating_mul(AT_HAND)
    }

    fn longest_call(&self) -> Duration {
        self.operations.iter().map(|operation| operation.call_timeout).max().unwrap_or_default()
    }

    /// Sets [`Manifest::begin_within`], if it is given.
    #[must_use]
    pub fn with_begin_within(mut self, begin_within: Option<Duration>) -> Self {
        self.begin_within = begin_within.or(self.begin_within);
        self
    }

    /// Sets [`Manifest::calendar`], if it is given.
    ///
    /// # Errors
    /// [`ManifestError`], naming the key.
    pub fn with_calendar(mut self, calendar: Option<&Calendar>) -> Result<Self, ManifestError> {
        if let Some(calendar) = calendar {
            self.calendar = Some(calendar.to_wire().map_err(|(key, problem)| value(&key, &problem))?);
        }
        Ok(self)
    }

    /// Sets the times of every operation: for a department whose system is slower or faster than its manifest says.
    #[must_use]
    pub fn with_times(mut self, call_timeout: Option<Duration>, ends_within: Option<Duration>) -> Self {
        for operation in &mut self.operations {
            operation.call_timeout = call_timeout.unwrap_or(operation.call_timeout);
            operation.ends_within = ends_within.unwrap_or(operation.ends_within).max(operation.call_timeout);
        }
        self
    }

    /// As it is announced.
    #[must_use]
    pub fn to_wire(&self) -> wire::Manifest {
        let [ar, en] = &self.titles;
        let text = |text: &String, language: &str| v1::LocalizedText {
            text: text.clone(),
            language_code: language.to_owned(),
        };
        wire::Manifest {
            department: self.department.to_string(),
            titles: vec![text(ar, "ar"), text(en, "en")],
            system: self.system.clone(),
            protocol: self.protocol.clone(),
            operations: self.operations.iter().map(Operation::to_wire).collect(),
            max_pack: self.max_pack().into(),
            json: false,
            calendar: self.calendar.clone(),
        }
    }
}

impl FileOperation {
    fn check(self, id: OperationId, field: &str) -> Result<Operation, ManifestError> {
        let positive: HashSet<&str> = [
            ("call_timeout", self.call_timeout),
            ("ends_within", self.ends_within),
            ("answer_within", self.answer_within),
            ("retry.first", self.retry.first),
            ("retry.max", self.retry.max),
        ]
        .into_iter()
        .filter_map(|(key, duration)| Duration::from(duration).is_zero().then_some(key))
        .collect();
        if let Some(key) = positive.iter().min() {
            return Err(value(&format!("{field}.{key}"), "must be more than nothing"));
        }
        if Duration::from(self.ends_within) < Duration::from(self.call_timeout) {
            return Err(value(&format!("{field}.ends_within"), "must not be shorter than call_timeout"));
        }
        if self.max_in_flight == 0 || self.retry.attempts == 0 || self.retry.multiplier_percent < 100 {
            let problem = "max_in_flight and retry.attempts must be at least 1, retry.multiplier_percent at least 100";
            return Err(value(field, problem));
        }
        Ok(Operation {
            id,
            effect: self.effect.into(),
            call_timeout: self.call_timeout.into(),
            ends_within: self.ends_within.into(),
            answer_within: self.answer_within.into(),
            compensable: self.compensable,
            compensation_effect: self.compensation_effect.map_or(Effect::Once, Effect::from),
            max_in_flight: self.max_in_flight,
            retry: jisr_core::policy::Retry {
                first: self.retry.first.into(),
                max: self.retry.max.into(),
                multiplier_percent: self.retry.multiplier_percent,
                attempts: self.retry.attempts,
            },
        })
    }
}

impl From<FileEffect> for Effect {
    fn from(effect: FileEffect) -> Self {
        match effect {
            FileEffect::Idempotent => Self::Idempotent,
            FileEffect::Lookup => Self::Lookup,
            FileEffect::Once => Self::Once,
        }
    }
}

impl Operation {
    fn to_wire(&self) -> wire::OperationManifest {
        let duration = |duration: Duration| prost_types::Duration::try_from(duration).ok();
        let effect = |effect| match effect {
            Effect::Idempotent => wire::Effect::Idempotent.into(),
            Effect::Lookup => wire::Effect::Lookup.into(),
            Effect::Once => wire::Effect::Once.into(),
        };
        wire::OperationManifest {
            operation: self.id.to_string(),
            effect: effect(self.effect),
            call_timeout: duration(self.call_timeout),
            ends_within: duration(self.ends_within),
            answer_within: duration(self.answer_within),
            compensable: self.compensable,
            compensation_effect: effect(self.compensation_effect),
            retry: Some(wire::RetryPolicy {
                first: duration(self.retry.first),
                max: duration(self.retry.max),
                multiplier_percent: self.retry.multiplier_percent,
                attempts: self.retry.attempts,
            }),
            max_in_flight: self.max_in_flight.into(),
        }
    }
}

fn value(field: &str, problem: &str) -> ManifestError {
    ManifestError::Value { field: field.to_owned(), problem: problem.to_owned() }
}
