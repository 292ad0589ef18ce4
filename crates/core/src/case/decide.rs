//! From a command to the events it causes.

use super::draft::{Draft, Why};
use super::{Actor, Case, Ending, Event, Reply, RequestKind, rollup};
use crate::fault::{Fault, FaultClass};
use crate::policy::{Effect, Policies};
use crate::state::{LegState, TransactionState};
use crate::text::LocalizedText;
use crate::time::Timestamp;

/// What is wanted of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The first: take it in, accept it, and send what can be sent.
    Begin,
    /// A department's adapter answered.
    Reply {
        /// Position of the leg.
        leg: u16,
        /// The answer.
        reply: Reply,
    },
    /// [`Case::wake_at`] has come.
    Wake,
    /// The customer wants it undone.
    Cancel {
        /// Why, in words.
        note: LocalizedText,
    },
    /// The customer gave what a department asked for.
    ProvideInformation,
    /// A fee has fallen due.
    RequirePayment,
    /// The fee is settled.
    RecordPayment,
    /// An operator holds it: nothing new is sent, answers are still taken in.
    Suspend {
        /// Why, in words.
        note: LocalizedText,
    },
    /// An operator lets it go on.
    Resume,
    /// An operator has a failed or doubtful leg tried again.
    Redrive {
        /// Position of the leg.
        leg: u16,
        /// Why, in words.
        note: LocalizedText,
    },
    /// An operator settles a leg by hand.
    Skip {
        /// Position of the leg.
        leg: u16,
        /// Why, in words.
        note: LocalizedText,
    },
}

/// The command does not apply to a transaction that stands where this one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not allowed while the transaction is {state:?}")]
pub struct Refusal {
    /// Where it stands.
    pub state: TransactionState,
}

/// What a command leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The case with the events applied.
    pub case: Case,
    /// The events, in order; none when the command says nothing new.
    pub events: Vec<Event>,
}

/// Decides and applies in one go: what [`decide`] says, folded into the case.
///
/// # Errors
/// [`Refusal`] when the command does not apply. A stale reply or an early wake-up is no error: it leaves no events.
pub fn advance(
    case: Case,
    policies: &dyn Policies,
    command: &Command,
    actor: Actor,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut draft = Draft::new(case, policies, actor, now);
    draft.obey(command)?;
    draft.by_engine();
    draft.follow_through();
    Ok(Decision { case: draft.case, events: draft.events })
}

/// The events a command causes.
///
/// # Errors
/// [`Refusal`] when the command does not apply.
pub fn decide(
    case: &Case,
    policies: &dyn Policies,
    command: &Command,
    actor: Actor,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    advance(case.clone(), policies, command, actor, now).map(|decision| decision.events)
}

impl Draft<'_> {
    fn obey(&mut self, command: &Command) -> Result<(), Refusal> {
        let state = self.case.state;
        let refusal = Err(Refusal { state });
        match command {
            Command::Begin => {
                if self.case.last_event != 0 {
                    return refusal;
                }
                self.submitted();
                self.by_engine();
                self.transaction(TransactionState::Accepted, Why::default());
                self.transaction(TransactionState::Processing, Why::default());
            }
            Command::Reply { leg, reply } => {
                if !state.is_terminal() && self.indices().contains(leg) {
                    self.reply(*leg, reply);
                }
            }
            Command::Wake => self.wake(),
            Command::Cancel { note } => {
                if self.case.ending.is_some() || state.is_terminal() {
                    return refusal;
                }
                let why = Why { ending: Some(Ending::Cancelled), ..Why::note(note.clone()) };
                self.transaction(TransactionState::Cancelling, why);
            }
            Command::ProvideInformation => {
                if state != TransactionState::InformationRequired {
                    return refusal;
                }
                for index in self.indices() {
                    if self.leg(index).state() == LegState::InformationRequired {
                        let why = Why::code("INFORMATION_PROVIDED");
                        self.send(index, RequestKind::Execute, LegState::Dispatched, why);
                    }
                }
            }
            Command::RequirePayment => {
                if !matches!(state, TransactionState::Accepted | TransactionState::Processing) {
                    return refusal;
                }
                let why = Why { payment_due: Some(true), ..Why::code("PAYMENT_REQUIRED") };
                self.transaction(TransactionState::PaymentRequired, why);
            }
            Command::RecordPayment => {
                if state != TransactionState::PaymentRequired {
                    return refusal;
                }
                let why = Why { payment_due: Some(false), ..Why::code("PAYMENT_RECORDED") };
                self.transaction(TransactionState::Processing, why);
            }
            Command::Suspend { note } => {
                if state.is_terminal() || state == TransactionState::Suspended {
                    return refusal;
                }
                self.transaction(TransactionState::Suspended, Why::note(note.clone()));
            }
            Command::Resume => {
                let Some(before) = self.case.before_hold else { return refusal };
                self.transaction(before, Why::code("RESUMED"));
            }
            Command::Redrive { leg, note } => self.redrive(*leg, note)?,
            Command::Skip { leg, note } => self.skip(*leg, note)?,
        }
        Ok(())
    }

    /// An operator's second try of a parked or doubtful leg.
    fn redrive(&mut self, index: u16, note: &LocalizedText) -> Result<(), Refusal> {
        let refusal = Err(Refusal { state: self.case.state });
        let live = !self.case.state.is_terminal() && self.case.state != TransactionState::Suspended;
        if !live || !self.indices().contains(&index) {
            return refusal;
        }
        let why = Why { note: note.clone(), ..Why::code("REDRIVEN") };
        let (kind, to) = match self.leg(index).state() {
            // A person has decided that it did not happen; where the department can say, it is asked first.
            LegState::InDoubt if self.policy(index).effect == Effect::Lookup => {
                (RequestKind::Lookup, LegState::InDoubt)
            }
            LegState::InDoubt if self.may_be_undone_unseen(index) => (RequestKind::Compensate, LegState::Compensating),
            LegState::InDoubt if self.case.winding_down().is_some() => {
                self.move_leg(index, LegState::Skipped, None, why, |_| {});
                return Ok(());
            }
            LegState::Failed | LegState::InDoubt => (RequestKind::Execute, LegState::Dispatched),
            LegState::Compensating => (RequestKind::Compensate, LegState::Compensating),
            _ => return refusal,
        };
        // Something was put right, so the attempts that failed before that do not count.
        self.send_with(index, kind, to, why, |leg| leg.failures = 0);
        Ok(())
    }

    fn skip(&mut self, index: u16, note: &LocalizedText) -> Result<(), Refusal> {
        let refusal = Err(Refusal { state: self.case.state });
        if self.case.state.is_terminal() || !self.indices().contains(&index) {
            return refusal;
        }
        let skippable =
            matches!(self.leg(index).state(), LegState::Failed | LegState::InDoubt | LegState::Compensating);
        if !skippable {
            return refusal;
        }
        let why = Why { note: note.clone(), ..Why::code("SKIPPED_BY_OPERATOR") };
        self.move_leg(index, LegState::Skipped, None, why, |_| {});
        Ok(())
    }

    /// Does what has become due.
    fn wake(&mut self) {
        if self.case.wake_at().is_none_or(|due| due > self.now) {
            return;
        }
        self.by_engine();
        if self.case.state.waits_for_customer() && self.case.expire_time.is_some_and(|at| at <= self.now) {
            let why = Why { ending: Some(Ending::Expired), ..Why::code("EXPIRED") };
            self.transaction(TransactionState::Processing, why);
        }
        for index in self.indices() {
            if self.leg(index).progress.wake.is_some_and(|due| due <= self.now) {
                self.wake_leg(index);
            }
        }
    }

    fn wake_leg(&mut self, index: u16) {
        match self.leg(index).state() {
            // A leg that is being wound down is dropped instead.
            LegState::Failed if self.case.winding_down().is_none() => {
                self.send(index, RequestKind::Execute, LegState::Dispatched, Why::code("RETRIED"));
            }
            LegState::Dispatched | LegState::InDoubt if self.may_be_undone_unseen(index) => {
                self.send(index, RequestKind::Compensate, LegState::Compensating, Why::code("NOT_NEEDED"));
            }
            // Never heard of says nothing: its acknowledgement may lie unread on the bus. So what is not wanted any more
            // is not declared undone, and what must not happen twice is not sent twice.
            LegState::Dispatched if self.case.winding_down().is_some() => match self.policy(index).effect {
                Effect::Lookup => self.send(index, RequestKind::Lookup, LegState::InDoubt, Why::code("LOOKING_UP")),
                Effect::Idempotent | Effect::Once => self.never_acknowledged(index),
            },
            LegState::Dispatched if self.policy(index).effect == Effect::Once => self.never_acknowledged(index),
            LegState::Dispatched => {
                self.send(index, RequestKind::Execute, LegState::Dispatched, Why::code("NOT_ACKNOWLEDGED"));
            }
            LegState::Acknowledged | LegState::InProgress => {
                let fault = Fault::new(FaultClass::Transient, "ANSWER_OVERDUE");
                self.doubt(index, self.now, &fault, true);
                if !self.leg(index).progress.held {
                    self.wake_leg(index);
                }
            }
            LegState::InDoubt => {
                if self.policy(index).effect == Effect::Lookup {
                    self.send(index, RequestKind::Lookup, LegState::InDoubt, Why::code("LOOKING_UP"));
                } else if self.case.winding_down().is_some() {
                    self.never_acknowledged(index);
                } else {
                    self.send(index, RequestKind::Execute, LegState::Dispatched, Why::code("REPEATED"));
                }
            }
            // Never answered, and perhaps undone all the same: what may not be undone twice is an operator's matter.
            LegState::Compensating
                if self.leg(index).progress.awaiting && self.policy(index).compensation_effect == Effect::Once =>
            {
                let why = Why::code("ANSWER_OVERDUE");
                self.move_leg(index, LegState::Compensating, None, why, |leg| leg.held = true);
            }
            LegState::Compensating => {
                self.send(index, RequestKind::Compensate, LegState::Compensating, Why::code("RETRIED"));
            }
            _ => {}
        }
    }

    /// It is not wanted any more and may have been done: undoing it, done or not, is right whichever is true.
    fn may_be_undone_unseen(&self, index: u16) -> bool {
        let policy = self.policy(index);
        self.case.winding_down().is_some() && policy.effect == Effect::Idempotent && policy.compensable
    }

    /// Left to an operator, unless the adapter comes back and says what became of it.
    fn never_acknowledged(&mut self, index: u16) {
        let fault = Fault::new(FaultClass::Transient, "NOT_ACKNOWLEDGED");
        self.doubt(index, self.now, &fault, true);
    }

    /// What follows by itself: the next legs, or the winding down, and the state of the whole.
    fn follow_through(&mut self) {
        if self.case.state.is_terminal() || self.case.state == TransactionState::Suspended || self.case.last_event == 0
        {
            return;
        }
        if self.case.winding_down().is_some() {
            self.indices().for_each(|index| self.wind_down(index));
        } else if !self.case.payment_due {
            for index in self.indices() {
                let ready = |on: &u16| matches!(self.leg(*on).state(), LegState::Succeeded | LegState::Skipped);
                if self.leg(index).state() == LegState::Planned && self.leg(index).depends_on.iter().all(ready) {
                    self.send(index, RequestKind::Execute, LegState::Dispatched, Why::default());
                }
            }
        }
        let belongs = rollup(&self.case);
        if belongs != self.case.state {
            let why = Why { reason: self.reason_of(belongs), ..Why::default() };
            self.transaction(belongs, why);
        }
    }

    /// Takes one leg towards its end in a transaction that is not going to finish its plan.
    fn wind_down(&mut self, index: u16) {
        match self.leg(index).state() {
            LegState::Planned | LegState::Failed => {
                self.move_leg(index, LegState::Skipped, None, Why::code("NOT_NEEDED"), |_| {});
            }
            LegState::InformationRequired if !self.policy(index).compensable => {
                self.move_leg(index, LegState::Skipped, None, Why::code("NOT_NEEDED"), |_| {});
            }
            LegState::Succeeded | LegState::InformationRequired => {
                // A department that cannot undo is an operator's matter: its work is not declared undone.
                if self.policy(index).compensable {
                    self.send(index, RequestKind::Compensate, LegState::Compensating, Why::default());
                } else {
                    let why = Why::code("NOT_COMPENSABLE");
                    self.move_leg(index, LegState::Compensating, None, why, |leg| leg.held = true);
                }
            }
            _ => {}
        }
    }

    fn reason_of(&self, state: TransactionState) -> Option<std::sync::Arc<str>> {
        match state {
            TransactionState::Rejected => Some("REFUSED_BY_DEPARTMENT".into()),
            TransactionState::InformationRequired => Some("INFORMATION_REQUIRED".into()),
            TransactionState::Expired => Some("EXPIRED".into()),
            _ => None,
        }
    }
}
