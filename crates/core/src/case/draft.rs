//! The working copy on which one decision is taken: every step is recorded as an event and applied at once.

use std::sync::Arc;

use super::{Actor, ActorKind, Case, Change, Ending, Event, Leg, LegProgress, LegTimes, RequestKind};
use crate::fault::Fault;
use crate::policy::{Policies, Policy};
use crate::state::{LegState, TransactionState};
use crate::text::LocalizedText;
use crate::time::Timestamp;

/// One decision in the making.
pub(super) struct Draft<'a> {
    pub(super) case: Case,
    pub(super) events: Vec<Event>,
    pub(super) now: Timestamp,
    policies: &'a dyn Policies,
    actor: Actor,
}

impl<'a> Draft<'a> {
    pub(super) fn new(case: Case, policies: &'a dyn Policies, actor: Actor, now: Timestamp) -> Self {
        Self { case, events: Vec::new(), now, policies, actor }
    }

    /// What follows now follows by itself, not by whoever began.
    pub(super) fn by_engine(&mut self) {
        if self.actor.kind != ActorKind::Engine {
            self.actor = Actor::new(ActorKind::Engine, "engine");
        }
    }

    pub(super) fn leg(&self, index: u16) -> &Leg {
        &self.case.legs[usize::from(index)]
    }

    pub(super) fn indices(&self) -> std::ops::Range<u16> {
        0..u16::try_from(self.case.legs.len()).unwrap_or(u16::MAX)
    }

    pub(super) fn policy(&self, index: u16) -> Policy {
        let leg = self.leg(index);
        self.policies.policy(&leg.department, &leg.operation)
    }

    fn record(&mut self, change: Change, reason: Option<Arc<str>>, note: LocalizedText) {
        let event = Event {
            sequence: self.case.last_event + 1,
            time: self.now,
            actor: self.actor.clone(),
            change,
            reason,
            note,
        };
        self.case.evolve(&event);
        self.events.push(event);
    }

    /// Moves the transaction, passing through PROCESSING where the table allows no direct way.
    pub(super) fn transaction(&mut self, to: TransactionState, why: Why) {
        let from = self.case.state;
        if !from.may_become(to) && from.may_become(TransactionState::Processing) {
            self.transaction(TransactionState::Processing, Why::default());
        }
        let change = Change::Transaction {
            from: Some(self.case.state),
            to,
            ending: why.ending,
            payment_due: why.payment_due.unwrap_or(self.case.payment_due),
        };
        self.record(change, why.reason, why.note);
    }

    /// The very first event.
    pub(super) fn submitted(&mut self) {
        let change = Change::Transaction {
            from: None,
            to: TransactionState::Submitted,
            ending: None,
            payment_due: self.case.payment_due,
        };
        self.record(change, None, LocalizedText::default());
    }

    /// Moves a leg; `edit` sets what else changes with it. Timer and hold are cleared first: a state that wants them
    /// says so.
    pub(super) fn move_leg(
        &mut self,
        index: u16,
        to: LegState,
        request: Option<RequestKind>,
        why: Why,
        edit: impl FnOnce(&mut LegProgress),
    ) {
        let mut after = self.leg(index).progress.clone();
        let from = after.state;
        after.state = to;
        after.wake = None;
        after.held = false;
        edit(&mut after);
        self.record(Change::Leg { leg: index, from, to, after: Box::new(after), request }, why.reason, why.note);
    }

    /// Sends a request for a leg and sets the timer by which it must have been heard of.
    pub(super) fn send(&mut self, index: u16, kind: RequestKind, to: LegState, why: Why) {
        self.send_with(index, kind, to, why, |_| {});
    }

    /// [`Self::send`]; `edit` sets what else changes with it.
    pub(super) fn send_with(
        &mut self,
        index: u16,
        kind: RequestKind,
        to: LegState,
        why: Why,
        edit: impl FnOnce(&mut LegProgress),
    ) {
        let policy = self.policy(index);
        let now = self.now;
        let opens = self.policies.opens(&self.leg(index).department, now).max(now);
        let execute_before = opens.plus(policy.start_within);
        // Only once the attempt can no longer start and its call has ended may the next one be sent (fencing).
        let silent_until = execute_before.plus(policy.ends_within).plus(MARGIN);
        self.move_leg(index, to, Some(kind), why, |leg| {
            leg.attempt += 1;
            leg.asked = kind;
            leg.awaiting = true;
            leg.reply_sequence = 0;
            leg.execute_before = Some(execute_before);
            leg.wake = Some(silent_until);
            leg.times = LegTimes { dispatched: Some(now), ..LegTimes::default() };
            edit(leg);
        });
    }

    /// Notes a technical failure: the next look at the leg after a growing wait, or an operator once the policy's
    /// attempts are used up.
    pub(super) fn fail(&mut self, index: u16, to: LegState, fault: &Fault, edit: impl FnOnce(&mut LegProgress)) {
        let retry = self.policy(index).retry;
        let now = self.now;
        let seed = self.case.submit_time.as_micros().unsigned_abs() ^ u64::from(index);
        let why = Why { reason: Some(fault.code.clone()), ..Why::default() };
        let fault = fault.clone();
        self.move_leg(index, to, None, why, |leg| {
            leg.awaiting = false;
            leg.failures += 1;
            leg.held = !fault.class.may_retry() || leg.failures >= retry.attempts;
            let wait = fault.retry_after.unwrap_or_else(|| retry.wait(leg.failures, seed));
            leg.wake = (!leg.held).then(|| now.plus(wait));
            leg.fault = Some((fault, now));
            edit(leg);
        });
    }
}

/// Clocks of different machines may differ by this much before a fence is passed, or what is certain is not.
pub(super) const MARGIN: std::time::Duration = std::time::Duration::from_secs(2);

/// The reason of an event and what else it sets on the transaction.
#[derive(Default)]
pub(super) struct Why {
    pub(super) reason: Option<Arc<str>>,
    pub(super) note: LocalizedText,
    pub(super) ending: Option<Ending>,
    pub(super) payment_due: Option<bool>,
}

impl Why {
    pub(super) fn code(code: &str) -> Self {
        Self { reason: Some(code.into()), ..Self::default() }
    }

    pub(super) fn note(note: LocalizedText) -> Self {
        Self { note, ..Self::default() }
    }
}
