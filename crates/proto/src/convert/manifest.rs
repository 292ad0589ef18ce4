//! From an adapter's manifest to the state machine's policy.

use std::time::Duration;

use jisr_core::policy::{Effect, Policy, Retry};

use super::duration;
use crate::adapter::v1 as wire;

/// The policy an operation's manifest promises. What it leaves out is the careful default.
#[must_use]
pub fn policy(operation: &wire::OperationManifest) -> Policy {
    let careful = Policy::CAREFUL;
    let or = |given: &Option<prost_types::Duration>, default: Duration| {
        duration(given.as_ref()).filter(|given| !given.is_zero()).unwrap_or(default)
    };
    let retry = operation.retry.as_ref();
    Policy {
        effect: effect(operation.effect()),
        start_within: careful.start_within,
        ends_within: or(&operation.ends_within, careful.ends_within),
        answer_within: or(&operation.answer_within, careful.answer_within),
        compensable: operation.compensable,
        compensation_effect: effect(operation.compensation_effect()),
        retry: retry.map_or(careful.retry, |retry| Retry {
            first: or(&retry.first, careful.retry.first),
            max: or(&retry.max, careful.retry.max),
            multiplier_percent: retry.multiplier_percent.max(100),
            attempts: retry.attempts.max(1),
        }),
    }
}

const fn effect(given: wire::Effect) -> Effect {
    match given {
        wire::Effect::Idempotent => Effect::Idempotent,
        wire::Effect::Lookup => Effect::Lookup,
        wire::Effect::Once | wire::Effect::Unspecified => Effect::Once,
    }
}
