//! The legs of live transactions, counted: by state, and by department.

use std::collections::BTreeMap;

use jisr_core::problem::Problem;
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;
use jisr_engine::Engine;
use jisr_engine::journal::{Filter, ListQuery};
use jisr_proto::convert;
use jisr_proto::v1::{Leg, LegState, Transaction};

/// Transactions read at a time.
const PAGE: u32 = 500;

/// What waits, and where.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Backlog {
    /// Legs by state.
    pub(crate) states: BTreeMap<LegState, i64>,
    /// Legs that wait for an operator.
    pub(crate) held: i64,
    /// By `departments/{department}`.
    pub(crate) departments: BTreeMap<String, Waiting>,
}

/// What waits at one department.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Legs dispatched, acknowledged, in doubt, or failed and to be retried.
    pub(crate) waiting: i64,
    /// Legs that wait for an operator.
    pub(crate) held: i64,
    /// When the oldest waiting leg was dispatched.
    pub(crate) oldest: Option<Timestamp>,
}

impl Backlog {
    /// Counts the legs of all live transactions, page by page: costs in proportion to live work, and a transaction that
    /// moves meanwhile is counted as it was when its page was read.
    pub(crate) async fn read(engine: &Engine) -> Result<Self, Problem> {
        let states = TransactionState::ALL.into_iter().filter(|state| !state.is_terminal()).collect();
        let filter = Filter { states, ..Filter::default() };
        let mut query = ListQuery { filter, before: None, limit: PAGE };
        let mut backlog = Self::default();
        loop {
            let page = engine.list(&query).await?;
            page.iter().for_each(|transaction| backlog.count(transaction));
            let Some(last) = page.last().and_then(|last| last.uid.parse().ok()) else { return Ok(backlog) };
            query.before = Some(last);
        }
    }

    fn count(&mut self, transaction: &Transaction) {
        for leg in &transaction.legs {
            *self.states.entry(leg.state()).or_default() += 1;
            if !self.departments.contains_key(&leg.department) {
                self.departments.insert(leg.department.clone(), Waiting::default());
            }
            if let Some(department) = self.departments.get_mut(&leg.department) {
                self.held += department.count(leg);
            }
        }
    }
}

impl Waiting {
    /// One leg; answers how many of it are held.
    fn count(&mut self, leg: &Leg) -> i64 {
        if leg.held {
            self.held += 1;
            return 1;
        }
        let waits =
            matches!(leg.state(), LegState::Dispatched | LegState::Acknowledged | LegState::InDoubt | LegState::Failed);
        if waits {
            self.waiting += 1;
            let dispatched = leg.dispatch_time.as_ref().map(convert::time);
            self.oldest = self.oldest.into_iter().chain(dispatched).min();
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn leg(department: &str, state: LegState, held: bool, dispatched: u64) -> Leg {
        let time = Timestamp::from_micros(0).plus(Duration::from_secs(dispatched));
        let department = format!("departments/{department}");
        let dispatch_time = (dispatched > 0).then(|| convert::timestamp(time));
        Leg { department, state: state.into(), held, dispatch_time, ..Leg::default() }
    }

    #[test]
    fn what_waits_is_counted_where_it_waits() {
        let mut backlog = Backlog::default();
        backlog.count(&Transaction {
            legs: vec![
                leg("municipality", LegState::Dispatched, false, 9),
                leg("municipality", LegState::InDoubt, false, 7),
                leg("municipality", LegState::Failed, true, 3),
                leg("health", LegState::Planned, false, 0),
                leg("health", LegState::Succeeded, false, 1),
            ],
            ..Transaction::default()
        });
        let municipality = &backlog.departments["departments/municipality"];
        assert_eq!((municipality.waiting, municipality.held), (2, 1));
        assert_eq!(municipality.oldest.unwrap().as_micros(), 7_000_000);
        assert_eq!(backlog.departments["departments/health"], Waiting::default());
        assert_eq!((backlog.held, backlog.states[&LegState::Planned]), (1, 1));
    }
}
