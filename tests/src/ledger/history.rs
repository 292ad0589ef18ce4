//! Whether a transaction's history, as the front ends' API tells it, keeps to the state machine's tables.

use std::collections::BTreeMap;

use jisr_core::state::{LegState, TransactionState};
use jisr_proto::convert;
use jisr_proto::v1;

/// Everything in the history that may not be.
#[must_use]
pub fn check(transaction: &v1::Transaction, events: &[v1::Event]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut state: Option<TransactionState> = None;
    let mut legs: BTreeMap<&str, (LegState, u32)> = BTreeMap::new();
    for (expected, event) in (1..).zip(events) {
        let at = format!("event {}", event.sequence);
        if event.sequence != expected {
            wrong.push(format!("{at}: should be number {expected}"));
        }
        if state.is_some_and(TransactionState::is_terminal) {
            wrong.push(format!("{at}: after the end"));
        }
        if event.leg.is_empty() {
            let (from, to) = (transaction_state(&event.from), transaction_state(&event.to));
            let Some(to) = to else {
                wrong.push(format!("{at}: {} is no state", event.to));
                continue;
            };
            let allowed = match (state, from) {
                (None, None) => event.from.is_empty() && to == TransactionState::Submitted,
                (Some(state), Some(from)) => state == from && from.may_become(to),
                _ => false,
            };
            if !allowed {
                wrong.push(format!("{at}: {} to {} while {state:?}", event.from, event.to));
            }
            state = Some(to);
        } else {
            let (Some(from), Some(to)) = (leg_state(&event.from), leg_state(&event.to)) else {
                wrong.push(format!("{at}: {} to {} are no states of a leg", event.from, event.to));
                continue;
            };
            let (before, attempt) = legs.get(event.leg.as_str()).copied().unwrap_or((LegState::Planned, 0));
            if state.is_none() || before != from || !from.may_become(to) {
                wrong.push(format!("{at}: {} {from:?} to {to:?} while {before:?}", event.leg));
            }
            if event.attempt < attempt {
                wrong.push(format!("{at}: {} attempt {} after {attempt}", event.leg, event.attempt));
            }
            legs.insert(&event.leg, (to, event.attempt));
        }
    }
    if state.map(convert::transaction_state) != Some(transaction.state()) {
        wrong.push(format!("ends {state:?}, but the transaction is {:?}", transaction.state()));
    }
    for leg in &transaction.legs {
        let id = leg.name.rsplit('/').next().unwrap_or_default();
        let (told, _) = legs.get(id).copied().unwrap_or((LegState::Planned, 0));
        if convert::leg_state(told) != leg.state() {
            wrong.push(format!("{id} ends {told:?}, but the leg is {:?}", leg.state()));
        }
    }
    wrong
}

fn transaction_state(name: &str) -> Option<TransactionState> {
    convert::transaction_state_from_name(name)
}

fn leg_state(name: &str) -> Option<LegState> {
    let named = |state: &LegState| convert::leg_state(*state).as_str_name().strip_prefix("LEG_STATE_") == Some(name);
    LegState::ALL.into_iter().find(named)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Events written as `leg FROM TO attempt`, the transaction's own with `-` for the leg.
    pub(in crate::ledger) fn told(lines: &[&str]) -> Vec<v1::Event> {
        let events = (1..).zip(lines).map(|(sequence, line)| {
            let words: Vec<&str> = line.split(' ').collect();
            let word = |at: usize| if words[at] == "-" { String::new() } else { words[at].to_owned() };
            let attempt = words.get(3).map_or(0, |attempt| attempt.parse().unwrap());
            v1::Event { sequence, leg: word(0), from: word(1), to: word(2), attempt, ..Default::default() }
        });
        events.collect()
    }

    pub(in crate::ledger) const WELL: [&str; 7] = [
        "- - SUBMITTED",
        "- SUBMITTED ACCEPTED",
        "- ACCEPTED PROCESSING",
        "noc PLANNED DISPATCHED 1",
        "noc DISPATCHED ACKNOWLEDGED 1",
        "noc ACKNOWLEDGED SUCCEEDED 1",
        "- PROCESSING COMPLETED",
    ];

    pub(in crate::ledger) fn transaction(state: v1::TransactionState, leg: v1::LegState) -> v1::Transaction {
        let leg = v1::Leg { name: "transactions/t/legs/noc".to_owned(), state: leg.into(), ..Default::default() };
        v1::Transaction {
            name: "transactions/t".to_owned(),
            reference_no: "05T8-Q2KD-0A7".to_owned(),
            state: state.into(),
            legs: vec![leg],
            ..Default::default()
        }
    }

    fn check_one(change: impl FnOnce(&mut Vec<v1::Event>), expected: &str) {
        let mut events = told(&WELL);
        change(&mut events);
        let wrong = check(&transaction(v1::TransactionState::Completed, v1::LegState::Succeeded), &events);
        let found = if expected.is_empty() { wrong.is_empty() } else { wrong.iter().any(|it| it.contains(expected)) };
        assert!(found, "{wrong:?}, expected {expected:?}");
    }

    #[test]
    fn what_keeps_to_the_tables_is_right_and_nothing_else() {
        check_one(|_| {}, "");
        check_one(|events| drop(events.remove(4)), "event 6: should be number 5");
        check_one(|events| events[5].to = "COMPENSATED".to_owned(), "Acknowledged to Compensated");
        check_one(|events| events[5].from = "IN_DOUBT".to_owned(), "while Acknowledged");
        check_one(|events| events[4].attempt = 2, "attempt 1 after 2");
        check_one(|events| events[1].to = "COMPLETED".to_owned(), "SUBMITTED to COMPLETED");
        check_one(|events| drop(events.pop()), "ends Some(Processing)");
        check_one(|events| events[0].to = "PROCESSING".to_owned(), "to PROCESSING while None");
        check_one(
            |events| {
                let mut late = events[5].clone();
                late.sequence = 8;
                events.push(late);
            },
            "after the end",
        );
        check_one(|events| drop(events.drain(3..6)), "noc ends Planned");
    }
}
