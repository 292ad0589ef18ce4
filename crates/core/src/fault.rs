//! Technical faults of a leg: something broke. A department's refusal is an answer, not a fault, and is not here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// What kind of fault it is, which decides what happens to the leg next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultClass {
    /// May pass by itself: the system is down, busy, or closed for the night.
    Transient,
    /// Will come back however often it is tried: a person must put something right.
    Permanent,
    /// A value could not be carried over into the department's format, or its answer not into ours.
    Mapping,
    /// The attempt was not begun before its `execute_before`; nothing was called.
    Expired,
    /// The answer to a look-up: the department's system knows nothing of the earlier attempt.
    NotFound,
    /// The adapter does not know the operation, or this kind of request for it.
    Unsupported,
}

impl FaultClass {
    /// Every class.
    pub const ALL: [Self; 6] =
        [Self::Transient, Self::Permanent, Self::Mapping, Self::Expired, Self::NotFound, Self::Unsupported];

    /// Whether another attempt may follow without anyone changing anything: the fault may pass by itself, or it is
    /// certain that nothing was called.
    #[must_use]
    pub const fn may_retry(self) -> bool {
        matches!(self, Self::Transient | Self::Expired | Self::NotFound)
    }

    /// The lower-case word metrics, journal and console know it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Mapping => "mapping",
            Self::Expired => "expired",
            Self::NotFound => "not_found",
            Self::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for FaultClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The word is no fault class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a fault class")]
pub struct FaultClassError;

impl FromStr for FaultClass {
    type Err = FaultClassError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|class| class.as_str() == word).ok_or(FaultClassError)
    }
}

/// One technical fault of a leg, as an adapter reported it or the engine found it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{class} fault {code}")]
pub struct Fault {
    /// What kind it is.
    pub class: FaultClass,
    /// A short, stable code such as `soap.fault` or `MAPPING_LOSS`; failures are grouped by it.
    pub code: Arc<str>,
    /// One sanitised sentence for operators. No personal data: values are named by their field.
    pub detail: Option<Arc<str>>,
    /// The field of the transaction at fault, as a path such as `answers.plot_no`.
    pub field: Option<Arc<str>>,
    /// The earliest another attempt makes sense, when the department's system said so.
    pub retry_after: Option<Duration>,
    /// Version of the adapter that reported it; nothing when the engine found it by itself.
    pub adapter_version: Option<Arc<str>>,
}

impl Fault {
    /// A fault of this class and code, nothing else known.
    #[must_use]
    pub fn new(class: FaultClass, code: impl Into<Arc<str>>) -> Self {
        Self { class, code: code.into(), detail: None, field: None, retry_after: None, adapter_version: None }
    }

    /// Adds the sentence for operators.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Arc<str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names the field at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<Arc<str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says when another attempt makes sense.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// [`FaultClass::may_retry`] of its class.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        self.class.may_retry()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for class in FaultClass::ALL {
            assert_eq!(class.as_str().parse(), Ok(class));
        }
        assert_eq!("refused".parse::<FaultClass>(), Err(FaultClassError));
    }

    #[test]
    fn only_what_may_pass_or_was_never_called_is_tried_again() {
        let again: Vec<_> = FaultClass::ALL.into_iter().filter(|class| class.may_retry()).collect();
        assert_eq!(again, [FaultClass::Transient, FaultClass::Expired, FaultClass::NotFound]);
    }

    #[test]
    fn shows_its_own_level_only() {
        let fault = Fault::new(FaultClass::Mapping, "MAPPING_LOSS").detail("U+0661 has no place in windows-1256");
        assert_eq!(fault.to_string(), "mapping fault MAPPING_LOSS");
    }
}
