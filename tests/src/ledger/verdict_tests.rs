//! Each kind of wrong is seen, and right is not taken for wrong.

use super::super::history::tests::{WELL, told, transaction};
use super::*;

const REFERENCE: &str = "05T8-Q2KD-0A7/noc";

struct Case {
    state: v1::TransactionState,
    leg: v1::LegState,
    events: Vec<&'static str>,
    done: u32,
    undone: u32,
    cancelled: bool,
    refuses: bool,
}

impl Case {
    fn well() -> Self {
        Self {
            state: v1::TransactionState::Completed,
            leg: v1::LegState::Succeeded,
            events: WELL.to_vec(),
            done: 1,
            undone: 0,
            cancelled: false,
            refuses: false,
        }
    }

    fn ended(state: v1::TransactionState, leg: v1::LegState, end: &[&'static str]) -> Self {
        let events = WELL[..5].iter().chain(end).copied().collect();
        Self { state, leg, events, done: 0, ..Self::well() }
    }

    fn verdict(&self) -> Verdict {
        let seen = [Seen { transaction: transaction(self.state, self.leg), events: told(&self.events) }];
        let acknowledged =
            Acknowledged { name: "transactions/t".to_owned(), cancelled: self.cancelled, other_name: None };
        let acknowledged = BTreeMap::from([(1, acknowledged)]);
        let mut effects = Effects::new();
        if self.done > 0 {
            effects.insert(REFERENCE.to_owned(), Effect { done: self.done, undone: self.undone });
        }
        let refuses = if self.refuses { |_: &v1::Leg, _: &str| true } else { |_: &v1::Leg, _: &str| false };
        Verdict::of(&Evidence { acknowledged: &acknowledged, seen: &seen, effects: &effects, refuses })
    }

    /// How many cases of lost, twice, illegal and stuck.
    fn counts(&self) -> [usize; 4] {
        let Verdict { lost, twice, illegal, stuck, .. } = self.verdict();
        [lost.len(), twice.len(), illegal.len(), stuck.len()]
    }
}

#[test]
fn what_ended_well_or_honestly_is_clean() {
    use v1::TransactionState::{Cancelled, Completed, Rejected};
    let rejected = ["noc ACKNOWLEDGED REFUSED 1", "- PROCESSING REJECTED"];
    let settled = ["noc ACKNOWLEDGED IN_DOUBT 1", "noc IN_DOUBT SKIPPED 1", "- PROCESSING COMPLETED"];
    let undone = [
        "noc ACKNOWLEDGED SUCCEEDED 1",
        "- PROCESSING CANCELLING",
        "noc SUCCEEDED COMPENSATING 2",
        "noc COMPENSATING COMPENSATED 2",
        "- CANCELLING CANCELLED",
    ];
    let cases = [
        Case::well(),
        Case { refuses: true, ..Case::ended(Rejected, v1::LegState::Refused, &rejected) },
        // An operator found it done.
        Case { done: 1, ..Case::ended(Completed, v1::LegState::Skipped, &settled) },
        Case { done: 1, undone: 1, cancelled: true, ..Case::ended(Cancelled, v1::LegState::Compensated, &undone) },
    ];
    for case in cases {
        assert!(case.verdict().is_clean(), "{:?}", case.verdict());
    }
}

#[test]
fn each_wrong_is_counted_where_it_belongs() {
    use v1::TransactionState::{Cancelled, Processing, Rejected};
    let rejected = ["noc ACKNOWLEDGED REFUSED 1", "- PROCESSING REJECTED"];
    let dropped =
        ["- PROCESSING CANCELLING", "noc ACKNOWLEDGED IN_DOUBT 1", "noc IN_DOUBT SKIPPED 2", "- CANCELLING CANCELLED"];
    let rejected = || Case::ended(Rejected, v1::LegState::Refused, &rejected);
    let cancelled = || Case::ended(Cancelled, v1::LegState::Skipped, &dropped);
    let cases = [
        (Case { done: 2, ..Case::well() }, [0, 1, 0, 0]),
        (Case { done: 0, ..Case::well() }, [0, 0, 1, 0]),
        (rejected(), [1, 0, 0, 0]),
        (Case { refuses: true, done: 1, ..rejected() }, [0, 0, 1, 0]),
        (cancelled(), [1, 0, 0, 0]),
        (Case { cancelled: true, ..cancelled() }, [0, 0, 0, 0]),
        (Case { cancelled: true, done: 1, ..cancelled() }, [0, 0, 1, 0]),
        (Case::ended(Processing, v1::LegState::Acknowledged, &[]), [0, 0, 0, 1]),
        (Case::ended(Processing, v1::LegState::Planned, &[]), [0, 0, 1, 1]),
    ];
    for (at, (case, expected)) in cases.into_iter().enumerate() {
        assert_eq!(case.counts(), expected, "case {at}: {:?}", case.verdict());
    }
}

#[test]
fn what_is_missing_or_too_many_is_seen() {
    let named = |name: &str, other: Option<&str>| Acknowledged {
        name: name.to_owned(),
        cancelled: false,
        other_name: other.map(str::to_owned),
    };
    let completed = transaction(v1::TransactionState::Completed, v1::LegState::Succeeded);
    let seen = [Seen { transaction: completed, events: told(&WELL) }];
    let effects = Effects::from([
        (REFERENCE.to_owned(), Effect { done: 1, undone: 0 }),
        ("05T8-Q2KD-0A8/noc".to_owned(), Effect { done: 1, undone: 0 }),
    ]);
    let acknowledged = BTreeMap::from([(1, named("transactions/other", Some("transactions/t")))]);
    let evidence =
        Evidence { acknowledged: &acknowledged, seen: &seen, effects: &effects, refuses: |_: &v1::Leg, _: &str| false };
    let verdict = Verdict::of(&evidence);
    assert_eq!(verdict.lost.len(), 1, "the receipt leads nowhere");
    assert_eq!(verdict.illegal.len(), 3, "two names, a transaction nobody knows, an effect nobody knows: {verdict:?}");
}

#[test]
fn it_is_written_down_with_these_keys() {
    let verdict = Verdict { converge: Duration::from_millis(12_345), seed: u64::MAX, ..Case::well().verdict() };
    let expected = json!({
        "acknowledged": 1, "effects": 1, "lost": 0, "twice": 0, "illegal": 0, "stuck": 0,
        "converge_seconds": 12.3, "faults": 0, "seed": u64::MAX,
    });
    assert_eq!(verdict.json(), expected);
    assert!(verdict.to_string().contains("| converge_seconds                 |                 12.3 |"), "{verdict}");
}
