//! What an operation of a department promises about its effects, and how long things take there.
//!
//! The numbers come from the adapter's manifest; an operation nobody has announced yet gets the most careful ones.

use std::time::Duration;

use crate::name::{DepartmentId, OperationId};
use crate::time::Timestamp;

/// What happens in the department's system when the same request reaches it twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Safe to repeat: the system itself recognises our reference.
    Idempotent,
    /// Not safe to repeat, but it can be asked whether it has our reference.
    Lookup,
    /// Neither: after a doubtful attempt a person must decide.
    Once,
}

/// When a failed attempt is tried again. The only retry layer there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Wait after the first failure.
    pub first: Duration,
    /// Longest wait.
    pub max: Duration,
    /// Growth from one wait to the next, in per cent: 200 doubles.
    pub multiplier_percent: u32,
    /// After so many failures in a row the leg is parked for an operator.
    pub attempts: u32,
}

impl Retry {
    /// The wait before the next attempt after `failures` failures (from 1), spread by up to a tenth by `seed`, so
    /// that legs that failed together do not come back together.
    #[must_use]
    pub fn wait(&self, failures: u32, seed: u64) -> Duration {
        let max = u64::try_from(self.max.as_micros()).unwrap_or(u64::MAX);
        let mut wait = u64::try_from(self.first.as_micros()).unwrap_or(u64::MAX).min(max);
        for _ in 1..failures.max(1) {
            if wait >= max {
                break;
            }
            wait = wait.saturating_mul(u64::from(self.multiplier_percent)) / 100;
        }
        let wait = wait.min(max);
        // SplitMix64's finaliser: every bit of the seed reaches the low bits taken below.
        let mut mixed = seed.wrapping_add(u64::from(failures)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^= mixed >> 31;
        Duration::from_micros(wait - wait / 10 + mixed % (wait / 5 + 1))
    }
}

/// Everything the state machine must know of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What a second execution would do.
    pub effect: Effect,
    /// How long after its dispatch an attempt may still be started.
    pub start_within: Duration,
    /// How long after its start a call has certainly ended, whatever became of the caller.
    pub ends_within: Duration,
    /// How long an answer may take once the department has the work.
    pub answer_within: Duration,
    /// Whether the adapter can undo the operation.
    pub compensable: bool,
    /// What a second compensation would do.
    pub compensation_effect: Effect,
    /// When to try again.
    pub retry: Retry,
}

impl Policy {
    /// For an operation no adapter has announced: never repeat what may have happened.
    pub const CAREFUL: Self = Self {
        effect: Effect::Once,
        start_within: Duration::from_secs(3600),
        ends_within: Duration::from_secs(300),
        answer_within: Duration::from_secs(24 * 3600),
        compensable: true,
        compensation_effect: Effect::Once,
        retry: Retry {
            first: Duration::from_secs(5),
            max: Duration::from_secs(600),
            multiplier_percent: 200,
            attempts: 12,
        },
    };
}

/// Where the state machine finds the policy of an operation.
pub trait Policies {
    /// The policy in force now; [`Policy::CAREFUL`] when nothing is known.
    fn policy(&self, department: &DepartmentId, operation: &OperationId) -> Policy;

    /// When a department that is closed at a time opens; the time itself while it is open. A request cannot begin before, so
    /// its fence counts from then.
    fn opens(&self, department: &DepartmentId, at: Timestamp) -> Timestamp {
        let _ = department;
        at
    }
}

/// One policy for every operation: for tests and for departments with a single one.
impl Policies for Policy {
    fn policy(&self, _: &DepartmentId, _: &OperationId) -> Policy {
        *self
    }
}
