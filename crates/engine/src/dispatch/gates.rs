//! What may not be sent now, though it is ready: a department that operators have paused or that its calendar has closed, an
//! operation whose breaker is open. It stays in the outbox. As long as all is well, asking costs one look at one flag.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jisr_core::name::{DepartmentId, OperationId};
use jisr_core::time::{Clock, Timestamp};
use jisr_journal::Pause;
use prost::Message as _;
use tokio::sync::watch;

use crate::calendar::Closed;

use super::breaker::{Breaker, BreakerOptions, BreakerStatus, Sign};

/// See the module.
pub(crate) struct Gates {
    clock: Arc<dyn Clock>,
    options: BreakerOptions,
    state: Mutex<State>,
    /// Something is paused or closed.
    pausing: AtomicBool,
    /// Something has failed and not answered since.
    failing: AtomicBool,
    /// Some breaker is open.
    open: AtomicBool,
    /// Sent when something may be sent again.
    opened: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    paused: BTreeMap<DepartmentId, Pause>,
    closed: BTreeMap<DepartmentId, Closed>,
    /// The only departments that may be sent anything, where not all of them may.
    trusted: Option<BTreeSet<DepartmentId>>,
    breakers: BTreeMap<DepartmentId, BTreeMap<OperationId, Breaker>>,
}

/// What is read of a request that may have to wait.
#[derive(Clone, PartialEq, prost::Message)]
struct Asked {
    #[prost(string, tag = "6")]
    operation: String,
}

impl Gates {
    pub(crate) fn new(clock: Arc<dyn Clock>, options: BreakerOptions, paused: Vec<Pause>) -> Self {
        let gates = Self {
            clock,
            options,
            state: Mutex::default(),
            pausing: AtomicBool::new(false),
            failing: AtomicBool::new(false),
            open: AtomicBool::new(false),
            opened: watch::Sender::new(()),
        };
        gates.set_paused(paused);
        gates
    }

    /// What is paused from here on.
    pub(crate) fn set_paused(&self, paused: Vec<Pause>) {
        let paused: BTreeMap<_, _> = paused.into_iter().map(|pause| (pause.department.clone(), pause)).collect();
        let mut state = self.state();
        if state.paused != paused {
            state.paused = paused;
            self.reopen(&state);
        }
    }

    /// What is closed from here on.
    pub(crate) fn set_closed(&self, closed: BTreeMap<DepartmentId, Closed>) {
        let mut state = self.state();
        if state.closed == closed {
            return;
        }
        for (department, closed) in closed.iter().filter(|(department, _)| !state.closed.contains_key(*department)) {
            tracing::info!(%department, until = %closed.until, "department closed: its work waits");
        }
        state.closed = closed;
        self.reopen(&state);
    }

    /// The only departments that may be sent anything from here on; nothing for all of them.
    pub(crate) fn set_trusted(&self, trusted: Option<BTreeSet<DepartmentId>>) {
        let mut state = self.state();
        if state.trusted != trusted {
            state.trusted = trusted;
            self.reopen(&state);
        }
    }

    fn reopen(&self, state: &State) {
        let nothing_stops = state.paused.is_empty() && state.closed.is_empty() && state.trusted.is_none();
        self.pausing.store(!nothing_stops, Ordering::Release);
        self.opened.send_replace(());
    }

    /// The pause of a department.
    pub(crate) fn pause(&self, department: &DepartmentId) -> Option<Pause> {
        self.pausing.load(Ordering::Acquire).then(|| self.state().paused.get(department).cloned()).flatten()
    }

    /// Until when a department's calendar has closed it.
    pub(crate) fn closed(&self, department: &DepartmentId) -> Option<Closed> {
        self.pausing.load(Ordering::Acquire).then(|| self.state().closed.get(department).cloned()).flatten()
    }

    /// Whether nothing may be sent to a department.
    pub(super) fn is_paused(&self, department: &DepartmentId) -> bool {
        let stops = |state: &State| {
            state.paused.contains_key(department)
                || state.closed.contains_key(department)
                || state.trusted.as_ref().is_some_and(|trusted| !trusted.contains(department))
        };
        self.pausing.load(Ordering::Acquire) && stops(&self.state())
    }

    /// Whether this request (`LegRequest`) may be sent now; if not, how long to wait before asking again.
    pub(super) fn admit(&self, department: &DepartmentId, request: &Bytes) -> Result<(), Duration> {
        if !self.open.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut state = self.state();
        let Some(breakers) = state.breakers.get_mut(department) else { return Ok(()) };
        let Ok(asked) = Asked::decode(request.clone()) else { return Ok(()) };
        let Some(breaker) = breakers.get_mut(asked.operation.as_str()) else { return Ok(()) };
        let admitted = breaker.admit(&self.options, self.clock.now());
        if !breaker.is_open() {
            breakers.remove(asked.operation.as_str());
            state.breakers.retain(|_, of| !of.is_empty());
            tracing::info!(%department, operation = asked.operation, "breaker closed: nothing bad was heard of the requests that were tried");
            self.look(&state);
            self.opened.send_replace(());
        }
        admitted
    }

    /// Raises the flags anew.
    fn look(&self, state: &State) {
        self.failing.store(!state.breakers.is_empty(), Ordering::Release);
        let open = state.breakers.values().flat_map(BTreeMap::values).any(Breaker::is_open);
        self.open.store(open, Ordering::Release);
    }

    /// Takes in what a reply says of a department's system.
    pub(crate) fn heard(&self, department: &DepartmentId, operation: &OperationId, sign: Sign, now: Timestamp) {
        let failing = matches!(sign, Sign::Failing(_));
        if sign == Sign::None || (!failing && !self.failing.load(Ordering::Acquire)) {
            return;
        }
        let mut state = self.state();
        match sign {
            Sign::None => return,
            Sign::Failing(fault) => {
                let of_department = state.breakers.entry(department.clone()).or_default();
                let breaker = of_department.entry(operation.clone()).or_insert_with(Breaker::new);
                if breaker.failed(fault.clone(), &self.options, now) {
                    tracing::warn!(%department, %operation, fault = &*fault, "breaker open: requests wait, one is tried now and then");
                }
            }
            Sign::Untried => {
                let breaker = state.breakers.get_mut(department).and_then(|of| of.get_mut(operation));
                if breaker.is_some_and(|breaker| breaker.untried(now)) {
                    self.opened.send_replace(());
                }
            }
            Sign::Alive => {
                let of_department = state.breakers.get_mut(department);
                let closed = of_department.and_then(|of| of.remove(operation));
                state.breakers.retain(|_, of| !of.is_empty());
                if closed.is_some_and(|breaker| breaker.is_open()) {
                    tracing::info!(%department, %operation, "breaker closed: the department's system answers again");
                    self.opened.send_replace(());
                }
            }
        }
        self.look(&state);
    }

    /// The open breakers of a department, by operation.
    pub(crate) fn breakers(&self, department: &DepartmentId) -> Vec<(OperationId, BreakerStatus)> {
        let state = self.state();
        let of_department = state.breakers.get(department).into_iter().flatten();
        of_department.filter_map(|(operation, breaker)| Some((operation.clone(), breaker.status()?))).collect()
    }

    /// Tells when something may be sent that had to wait.
    pub(super) fn opened(&self) -> watch::Receiver<()> {
        self.opened.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
