//! What to do with a request that has arrived: the effect contract as a pure function.

use std::time::Duration;

use jisr_core::policy::Effect;
use jisr_core::time::Timestamp;
use jisr_proto::adapter::v1::RequestKind;

use crate::manifest::Operation;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) kind: RequestKind,
    /// Number of the request within its leg.
    pub(crate) attempt: u32,
    /// Somebody may have had this very request before, and acted on it.
    pub(crate) seen_before: bool,
    pub(crate) execute_before: Timestamp,
    pub(crate) now: Timestamp,
    /// How long nobody else can have been given it, by a clock that is never set.
    pub(crate) held: Duration,
}

/// What to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Too late, and certainly not begun: start nothing.
    Expired,
    /// Perhaps begun by somebody else: start nothing, say when it is certain.
    Doubt { certain_after: Timestamp },
    /// Make the call.
    Execute,
    /// An earlier attempt was made: ask first, and call only if it left nothing.
    LookupThenExecute,
    /// Only ask.
    Lookup,
    /// Undo.
    Compensate,
    /// The operation cannot do that.
    Unsupported,
}

/// The step to take now, and again directly before a call begins. A call begins within `begin_within` of its request's
/// coming, whatever held it up: so whoever is given the request after us knows from when on no call can begin any more.
pub(crate) fn step(operation: &Operation, begin_within: Duration, arrival: Arrival) -> Step {
    let Arrival { kind, attempt, seen_before, execute_before, now, held } = arrival;
    let late = now >= execute_before || held >= begin_within;
    let last_begin = now.plus(begin_within).min(execute_before);
    let doubt = Step::Doubt { certain_after: last_begin.plus(operation.ends_within) };
    match kind {
        RequestKind::Lookup if operation.effect == Effect::Lookup => Step::Lookup,
        RequestKind::Execute => match (operation.effect, seen_before) {
            (Effect::Idempotent, true) if late => doubt,
            (Effect::Lookup | Effect::Once, true) => doubt,
            _ if late => Step::Expired,
            (Effect::Lookup, false) if attempt > 1 => Step::LookupThenExecute,
            _ => Step::Execute,
        },
        RequestKind::Compensate if operation.compensable => match (operation.compensation_effect, seen_before) {
            (Effect::Once, true) => doubt,
            (_, true) if late => doubt,
            _ if late => Step::Expired,
            _ => Step::Compensate,
        },
        _ => Step::Unsupported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    const MANIFEST: &str = r#"
        department = "test"
        titles = { ar = "اختبار", en = "Test" }
        system = "none"
        protocol = "none"
        [operations.idempotent]
        effect = "idempotent"
        call_timeout = "10s"
        ends_within = "15s"
        answer_within = "1h"
        compensable = true
        compensation_effect = "idempotent"
        max_in_flight = 4
        retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
        [operations.lookup]
        effect = "lookup"
        call_timeout = "10s"
        ends_within = "15s"
        answer_within = "1h"
        max_in_flight = 4
        retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
        [operations.once]
        effect = "once"
        call_timeout = "10s"
        ends_within = "15s"
        answer_within = "1h"
        compensable = true
        max_in_flight = 4
        retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
    "#;

    #[test]
    fn the_effect_contract_decides() {
        use RequestKind::{Compensate, Execute, Lookup};
        let manifest = Manifest::from_toml(MANIFEST).unwrap();
        let (noon, fence) = (Timestamp::from_millis(1_000_000), Timestamp::from_millis(1_060_000));
        let certain = |at: Timestamp| Step::Doubt { certain_after: at.plus(Duration::from_secs(15)) };
        let late = fence.plus(Duration::from_secs(1));
        let (begin_within, soon) = (Duration::from_secs(20), fence.minus(Duration::from_secs(5)));
        let begun = noon.plus(begin_within);
        let cases = [
            // First delivery of a first attempt: call, unless it is too late.
            ("idempotent", Execute, 1, false, noon, Step::Execute),
            ("lookup", Execute, 1, false, noon, Step::Execute),
            ("once", Execute, 1, false, noon, Step::Execute),
            ("once", Execute, 1, false, late, Step::Expired),
            ("lookup", Execute, 1, false, fence, Step::Expired),
            // A later attempt: who can ask, asks.
            ("idempotent", Execute, 2, false, noon, Step::Execute),
            ("lookup", Execute, 2, false, noon, Step::LookupThenExecute),
            // A redelivery: whoever had it before may have called.
            ("idempotent", Execute, 1, true, noon, Step::Execute),
            ("idempotent", Execute, 1, true, late, certain(fence)),
            ("lookup", Execute, 1, true, noon, certain(begun)),
            ("lookup", Execute, 3, true, late, certain(fence)),
            ("once", Execute, 1, true, noon, certain(begun)),
            // And may have been about to call: until its fence, or as long after as it could have waited.
            ("once", Execute, 1, true, soon, certain(fence)),
            // Asking changes nothing and is never too late.
            ("lookup", Lookup, 2, true, late, Step::Lookup),
            ("once", Lookup, 2, false, noon, Step::Unsupported),
            ("idempotent", Lookup, 2, false, noon, Step::Unsupported),
            ("idempotent", Compensate, 2, true, noon, Step::Compensate),
            ("idempotent", Compensate, 2, false, late, Step::Expired),
            ("once", Compensate, 2, false, noon, Step::Compensate),
            ("once", Compensate, 2, true, noon, certain(begun)),
            ("lookup", Compensate, 2, false, noon, Step::Unsupported),
        ];
        for (name, kind, attempt, seen_before, now, expected) in cases {
            let arrival = Arrival { kind, attempt, seen_before, execute_before: fence, now, held: Duration::ZERO };
            let step = step(manifest.operation(name).unwrap(), begin_within, arrival);
            assert_eq!(step, expected, "{name} {arrival:?}");
        }
    }

    #[test]
    fn what_was_held_for_too_long_is_not_begun() {
        use RequestKind::{Compensate, Execute, Lookup};
        let manifest = Manifest::from_toml(MANIFEST).unwrap();
        let (noon, fence) = (Timestamp::from_millis(1_000_000), Timestamp::from_millis(9_000_000));
        let begin_within = Duration::from_secs(20);
        let doubt = Step::Doubt { certain_after: noon.plus(Duration::from_secs(35)) };
        for (name, kind, seen_before, expected) in [
            ("idempotent", Execute, false, Step::Expired),
            ("lookup", Execute, false, Step::Expired),
            ("once", Execute, false, Step::Expired),
            ("idempotent", Compensate, false, Step::Expired),
            // Not begun here; before, who knows.
            ("idempotent", Execute, true, doubt),
            ("idempotent", Compensate, true, doubt),
            ("once", Execute, true, doubt),
            // It changes nothing, whenever it is asked.
            ("lookup", Lookup, false, Step::Lookup),
        ] {
            let arrival =
                Arrival { kind, attempt: 1, seen_before, execute_before: fence, now: noon, held: begin_within };
            let operation = manifest.operation(name).unwrap();
            assert_eq!(step(operation, begin_within, arrival), expected, "{name} {kind:?}");
            let held = begin_within - Duration::from_millis(1);
            let intime = step(operation, begin_within, Arrival { held, seen_before: false, ..arrival });
            assert!(!matches!(intime, Step::Expired | Step::Doubt { .. }), "{name} {kind:?}");
        }
    }

    #[test]
    fn a_bad_manifest_names_the_key() {
        for (bad, good, says) in [
            ("effect = \"twice\"", "effect = \"once\"", "effect"),
            ("attempts = 0", "attempts = 12", "retry.attempts"),
            ("ends_within = \"1s\"", "ends_within = \"15s\"", "ends_within"),
            ("max_in_fligth = 4", "max_in_flight = 4", "max_in_fligth"),
            ("department = \"Test!\"", "department = \"test\"", "department"),
            ("protocol = \"none\"\nbegin_within = \"0s\"", "protocol = \"none\"", "begin_within"),
            ("protocol = \"none\"\nmax_pack = 0", "protocol = \"none\"", "max_pack"),
        ] {
            let error = Manifest::from_toml(&MANIFEST.replace(good, bad)).unwrap_err().to_string();
            assert!(error.contains(says), "{bad}: {error}");
        }
    }
}
