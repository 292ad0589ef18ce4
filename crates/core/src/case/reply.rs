//! What a department's adapter answers, and what that changes.
//!
//! Replies arrive late, twice and out of order; what is stale changes nothing. Two things are never stale: that an
//! effect happened is true whichever attempt made it, and a reply to the last request.

use std::sync::Arc;

use bytes::Bytes;

use super::draft::{Draft, MARGIN, Why};
use super::{LegTimes, RequestKind};
use crate::fault::{Fault, FaultClass};
use crate::policy::Effect;
use crate::state::{LegState, TransactionState};
use crate::text::LocalizedText;
use crate::time::Timestamp;

/// One reply of an adapter to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The attempt it answers; 0 is the department's own word on the leg, whichever attempt brought it there.
    pub attempt: u32,
    /// What that attempt asked for.
    pub kind: RequestKind,
    /// Order of the replies within the attempt.
    pub sequence: u32,
    /// When the call into the department's system began.
    pub called: Option<Timestamp>,
    /// When the department's system answered.
    pub answered: Option<Timestamp>,
    /// What it says.
    pub verdict: Verdict,
}

/// A department's positive answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The adapter's encoded answer, kept as it came.
    pub outcome: Bytes,
    /// The department's own words.
    pub status: LocalizedText,
}

/// What a reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The adapter has the request and is about to call.
    Acknowledged,
    /// The department has it and will answer later.
    InProgress {
        /// The department's own words.
        note: LocalizedText,
    },
    /// Done (EXECUTE), found done (LOOKUP), undone (COMPENSATE).
    Succeeded(Answer),
    /// The department's no to the customer.
    Refused {
        /// The department's code.
        code: Arc<str>,
        /// The department's own words.
        text: LocalizedText,
    },
    /// The department asks for more.
    InformationRequired {
        /// What it asks for, in its own words.
        text: LocalizedText,
    },
    /// Certainly not done, for a technical reason.
    Failed(Fault),
    /// It may have been done; nobody knows before `certain_after`.
    InDoubt {
        /// When an earlier call has certainly ended.
        certain_after: Timestamp,
        /// What happened, for operators.
        fault: Fault,
    },
}

impl Draft<'_> {
    /// Takes in one reply. A stale one leaves no event.
    pub(super) fn reply(&mut self, index: u16, reply: &Reply) {
        let progress = &self.leg(index).progress;
        let (state, asked) = (progress.state, progress.asked);
        let expected = progress.awaiting && progress.attempt == reply.attempt && asked == reply.kind;
        if state == LegState::Compensating {
            if expected && asked == RequestKind::Compensate {
                self.compensation_reply(index, reply);
            }
            return;
        }
        let open = state.in_flight() || matches!(state, LegState::InformationRequired | LegState::Failed);
        if !open || reply.kind == RequestKind::Compensate || reply.attempt > progress.attempt {
            return;
        }
        if let Verdict::Succeeded(answer) = &reply.verdict {
            let why = Why::note(answer.status.clone());
            self.answered(index, LegState::Succeeded, reply, why, Some(answer));
            return;
        }
        if reply.attempt == 0 && state.in_flight() {
            return self.own_accord(index, reply);
        }
        if !expected || !state.in_flight() {
            return;
        }
        if asked == RequestKind::Lookup {
            self.lookup_reply(index, reply);
        } else {
            self.execute_reply(index, reply);
        }
    }

    /// A department's answer that came by itself, perhaps hours later, perhaps again.
    fn own_accord(&mut self, index: u16, reply: &Reply) {
        let dispatched = self.leg(index).progress.times.dispatched;
        // The question to the customer that the request under way has answered.
        let settled = reply.answered.zip(dispatched).is_some_and(|(said, sent)| said.plus(MARGIN) < sent);
        match &reply.verdict {
            Verdict::Refused { code, text } => self.refused(index, reply, code, text),
            Verdict::InformationRequired { text } if !settled => self.information_required(index, reply, text),
            _ => {}
        }
    }

    fn execute_reply(&mut self, index: u16, reply: &Reply) {
        let (state, heard) = (self.leg(index).state(), self.leg(index).progress.reply_sequence);
        match &reply.verdict {
            Verdict::Acknowledged => {
                if state == LegState::Dispatched {
                    let ended = self.call_has_ended(index);
                    self.move_leg(index, LegState::Acknowledged, None, Why::default(), |leg| leg.wake = Some(ended));
                }
            }
            Verdict::InProgress { note } => self.in_progress(index, reply, note),
            Verdict::Refused { code, text } => self.refused(index, reply, code, text),
            Verdict::InformationRequired { text } => self.information_required(index, reply, text),
            // Doubted because nobody had heard of it, and now its adapter says that it came too late to be begun.
            Verdict::Failed(fault)
                if state == LegState::InDoubt
                    && self.leg(index).progress.held
                    && fault.class == FaultClass::Expired =>
            {
                self.certainly_not_done(index, Why::code(&fault.code));
            }
            // Overdue and doubted already: only a lookup or a real answer says more.
            Verdict::Failed(_) | Verdict::InDoubt { .. } if state == LegState::InDoubt => {}
            // The request was delivered once more after its answer, perhaps with others of its pack: whoever has it now
            // does not know what we know.
            Verdict::InDoubt { .. } if state == LegState::InProgress && reply.sequence <= heard => {}
            Verdict::Failed(fault) => {
                let times = self.times(index, reply);
                let again = self.now.plus(self.policy(index).retry.first);
                let unstarted = fault.class == FaultClass::Expired;
                self.fail(index, LegState::Failed, fault, |leg| {
                    leg.times = times;
                    if unstarted {
                        // Too late to start is the fence at work, not a failure of the department.
                        leg.failures -= 1;
                        leg.held = false;
                        leg.wake = Some(again);
                    }
                });
            }
            Verdict::InDoubt { certain_after, fault } => self.doubt(index, certain_after.plus(MARGIN), fault, false),
            Verdict::Succeeded(_) => {}
        }
    }

    fn lookup_reply(&mut self, index: u16, reply: &Reply) {
        let state = self.leg(index).state();
        match &reply.verdict {
            // Said to be in hand by the same question, it cannot be unknown: it is asked again when the answer is overdue.
            Verdict::Failed(fault) if fault.class == FaultClass::NotFound && state != LegState::InDoubt => {}
            Verdict::Failed(fault) if fault.class == FaultClass::NotFound => {
                self.certainly_not_done(index, Why::code("LOOKUP_FOUND_NOTHING"));
            }
            // The question changed nothing, so it is simply asked again.
            Verdict::Failed(fault) | Verdict::InDoubt { fault, .. } => {
                self.fail(index, LegState::InDoubt, fault, |_| {});
            }
            Verdict::InProgress { note } => self.in_progress(index, reply, note),
            Verdict::Refused { code, text } => self.refused(index, reply, code, text),
            Verdict::InformationRequired { text } => self.information_required(index, reply, text),
            Verdict::Acknowledged | Verdict::Succeeded(_) => {}
        }
    }

    /// Done now if it is still wanted.
    fn certainly_not_done(&mut self, index: u16, why: Why) {
        if self.case.winding_down().is_some() {
            self.move_leg(index, LegState::Skipped, None, why, |_| {});
        } else if self.case.state == TransactionState::Suspended {
            // A held transaction sends nothing; once it goes on, the question is put again.
            let now = self.now;
            self.move_leg(index, LegState::InDoubt, None, why, |leg| {
                leg.awaiting = false;
                leg.wake = Some(now);
            });
        } else {
            self.send(index, RequestKind::Execute, LegState::Dispatched, why);
        }
    }

    fn compensation_reply(&mut self, index: u16, reply: &Reply) {
        match &reply.verdict {
            Verdict::Succeeded(answer) => {
                let (times, status) = (self.times(index, reply), answer.status.clone());
                self.move_leg(index, LegState::Compensated, None, Why::note(status.clone()), |leg| {
                    leg.awaiting = false;
                    leg.times = times;
                    leg.status = status;
                    leg.fault = None;
                });
            }
            Verdict::Failed(fault) => self.fail(index, LegState::Compensating, fault, |_| {}),
            Verdict::InDoubt { certain_after, fault } => {
                let repeatable = self.policy(index).compensation_effect != Effect::Once;
                let certain = certain_after.plus(MARGIN);
                self.fail(index, LegState::Compensating, fault, |leg| {
                    leg.held |= !repeatable;
                    leg.wake = leg.wake.filter(|_| !leg.held).map(|wake| wake.max(certain));
                });
            }
            Verdict::Refused { code, text } => {
                let why = Why { reason: Some(code.clone()), note: text.clone(), ..Why::default() };
                self.move_leg(index, LegState::Compensating, None, why, |leg| {
                    leg.awaiting = false;
                    leg.held = true;
                    leg.fault = None;
                });
            }
            Verdict::Acknowledged | Verdict::InProgress { .. } | Verdict::InformationRequired { .. } => {}
        }
    }

    fn in_progress(&mut self, index: u16, reply: &Reply, note: &LocalizedText) {
        let progress = &self.leg(index).progress;
        if progress.state == LegState::InProgress && reply.sequence <= progress.reply_sequence {
            return;
        }
        let (times, note) = (self.times(index, reply), note.clone());
        let answer_by = self.now.plus(self.policy(index).answer_within);
        self.move_leg(index, LegState::InProgress, None, Why::note(note.clone()), |leg| {
            leg.reply_sequence = reply.sequence;
            leg.times = times;
            leg.failures = 0;
            leg.wake = Some(answer_by);
            leg.status = note;
        });
    }

    fn refused(&mut self, index: u16, reply: &Reply, code: &Arc<str>, text: &LocalizedText) {
        let why = Why { reason: Some(code.clone()), note: text.clone(), ..Why::default() };
        self.answered(index, LegState::Refused, reply, why, None);
    }

    fn information_required(&mut self, index: u16, reply: &Reply, text: &LocalizedText) {
        let why = Why { reason: Some("INFORMATION_REQUIRED".into()), note: text.clone(), ..Why::default() };
        self.answered(index, LegState::InformationRequired, reply, why, None);
    }

    /// A department's answer to the customer: the leg rests.
    fn answered(&mut self, index: u16, to: LegState, reply: &Reply, why: Why, answer: Option<&Answer>) {
        let (times, status) = (self.times(index, reply), why.note.clone());
        let outcome = answer.map(|answer| answer.outcome.clone());
        self.move_leg(index, to, None, why, |leg| {
            leg.awaiting = false;
            leg.times = times;
            leg.failures = 0;
            leg.fault = None;
            leg.status = status;
            leg.outcome = outcome;
        });
    }

    /// The call may have happened: what follows depends on what the operation promised. `awaiting` says whether an
    /// answer to the doubtful request may still come.
    pub(super) fn doubt(&mut self, index: u16, certain_after: Timestamp, fault: &Fault, awaiting: bool) {
        let (policy, now, fault) = (self.policy(index), self.now, fault.clone());
        // What nobody wants any more is not done again to be certain, where it could not even be undone.
        let blind = match policy.effect {
            Effect::Lookup => false,
            Effect::Idempotent => self.case.winding_down().is_some() && !policy.compensable,
            Effect::Once => true,
        };
        let why = Why { reason: Some(fault.code.clone()), ..Why::default() };
        self.move_leg(index, LegState::InDoubt, None, why, |leg| {
            leg.awaiting = awaiting;
            leg.failures += 1;
            leg.held = blind || leg.failures >= policy.retry.attempts;
            leg.wake = (!leg.held).then(|| certain_after.max(now));
            leg.fault = Some((fault, now));
        });
    }

    /// When the call of the leg's last request has certainly ended, wherever it stands now.
    pub(super) fn call_has_ended(&self, index: u16) -> Timestamp {
        let latest_start = self.leg(index).progress.execute_before.unwrap_or(self.now);
        latest_start.plus(self.policy(index).ends_within).plus(MARGIN)
    }

    fn times(&self, index: u16, reply: &Reply) -> LegTimes {
        let dispatched = self.leg(index).progress.times.dispatched;
        LegTimes { dispatched, called: reply.called, answered: reply.answered, returned: Some(self.now) }
    }
}
