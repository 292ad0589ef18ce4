//! Carrying a job out, round by round: follow what is in hand, take up more, write down, wait until something moves.
//!
//! What is taken up is written down first and touched afterwards, in the next round: after a crash a leg in hand either
//! stands, held, at the attempt that was written down, and then it has not been touched, or it does not.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jisr_core::case::{Actor, ActorKind, Case, Command, Decision, Leg, advance};
use jisr_core::id::TransactionId;
use jisr_core::job::{InHand, Job, JobKind, JobState};
use jisr_core::state::{LegState, TransactionState};
use jisr_core::time::Timestamp;
use jisr_journal::{FailureQuery, Read, StoredCase, StoredJob, Version, WriteError};
use tokio_util::sync::CancellationToken;

use super::keep::LEASE;
use super::pace::Pace;
use crate::change::Change;
use crate::engine::Engine;

/// Legs taken up in one round, however many may be in hand.
const MOST_AT_ONCE: u64 = 256;
/// The shortest round: what moves meanwhile is dealt with together.
const SHORTEST: Duration = Duration::from_millis(20);
/// The longest: even if nothing is heard, it is looked again.
const LONGEST: Duration = Duration::from_secs(1);

/// A job in this engine's hands.
pub(super) struct Running {
    engine: Engine,
    version: Version,
    job: Job,
    /// The job as it was last written down.
    written: Job,
    pace: Pace,
}

impl Running {
    pub(super) fn new(engine: Engine, StoredJob { version, job }: StoredJob) -> Self {
        let pace = Pace::new(job.per_second, engine.0.clock.now());
        Self { engine, version, written: job.clone(), job, pace }
    }

    /// Until it has ended, another engine has it, or told to stop.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut head = self.engine.0.journal.head();
        loop {
            head.mark_unchanged();
            let wait = match self.round().await {
                Ok(Some(wait)) => wait,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(job = %self.job.id, %error, "job cannot go on, trying again");
                    LONGEST
                }
            };
            let moved = async {
                tokio::time::sleep(SHORTEST.min(wait)).await;
                // The journal's end is this process's end.
                let _ = head.changed().await;
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
                () = moved => {}
            }
        }
        // Whoever comes next need not wait for the lease to run out.
        self.job.lease = self.engine.0.clock.now();
        if let Err(error) = self.engine.0.journal.update_job(&self.job, self.version).await {
            tracing::debug!(job = %self.job.id, %error, "lease not given back");
        }
    }

    /// One round; how long there is nothing to do unless something moves, or nothing when it is over for this engine.
    async fn round(&mut self) -> Read<Option<Duration>> {
        self.follow().await?;
        let before = self.job.place;
        let exhausted = self.take_up().await?;
        let now = self.engine.0.clock.now();
        let over = exhausted || self.job.state != JobState::Running;
        if over && self.job.in_hand.is_empty() && !self.job.has_ended() {
            self.job.arrived = self.engine.arrived(&self.job).await?;
            self.job.end_time = Some(now);
            if self.job.state == JobState::Running {
                self.job.state = JobState::Done;
            }
        }
        let changed = self.job != self.written;
        if changed || self.job.lease < now.plus(LEASE / 2) {
            self.job.update_time = if changed { now } else { self.job.update_time };
            self.job.lease = now.plus(LEASE);
            if !self.write_down().await? {
                return Ok(None);
            }
        }
        if self.job.has_ended() {
            let Job { id, done, failed, passed_over, .. } = &self.job;
            tracing::info!(job = %id, done, failed, passed_over, "job ended");
            return Ok(None);
        }
        // What has just been taken up is touched at once.
        if self.job.place != before {
            return Ok(Some(Duration::ZERO));
        }
        let full = self.job.in_hand.len() >= self.concurrency();
        Ok(Some(if over || full { LONGEST } else { self.pace.wait().clamp(SHORTEST, LONGEST) }))
    }

    /// Writes the job down as it stands; false when another engine has it now. A cancellation that came meanwhile is
    /// taken over.
    async fn write_down(&mut self) -> Read<bool> {
        loop {
            let journal = &self.engine.0.journal;
            if let Some(version) = journal.update_job(&self.job, self.version).await? {
                self.version = version;
                self.written = self.job.clone();
                return Ok(true);
            }
            let Some(stored) = journal.job(self.job.id).await? else { return Ok(false) };
            if stored.job.runner != self.job.runner {
                tracing::warn!(job = %self.job.id, "another engine has taken the job over");
                return Ok(false);
            }
            self.version = stored.version;
            if stored.job.state == JobState::Cancelled && !self.job.has_ended() {
                self.job.state = JobState::Cancelled;
            }
        }
    }

    /// Takes up what there is room for; true once there is no more.
    async fn take_up(&mut self) -> Read<bool> {
        if self.job.state != JobState::Running {
            return Ok(false);
        }
        let now = self.engine.0.clock.now();
        let room = self.concurrency().saturating_sub(self.job.in_hand.len());
        let room = self.pace.allows(now).min(room.try_into().unwrap_or(u64::MAX)).min(MOST_AT_ONCE);
        if room == 0 {
            return Ok(false);
        }
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let query = FailureQuery { selection: self.job.scope(), after: self.job.place, limit };
        let found = self.engine.0.journal.failures(&query).await?;
        self.pace.took(found.len().try_into().unwrap_or(u64::MAX));
        for failure in &found {
            self.job.place = Some(failure.place());
            let (transaction, leg, attempt) = (failure.transaction, failure.held.leg, failure.held.attempt);
            self.job.in_hand.push(InHand { transaction, leg, attempt });
        }
        Ok(found.is_empty())
    }

    /// Touches what has not been touched and counts what has come to rest.
    async fn follow(&mut self) -> Read<()> {
        if self.job.in_hand.is_empty() {
            return Ok(());
        }
        let mut ids: Vec<_> = self.job.in_hand.iter().map(|leg| leg.transaction).collect();
        ids.sort_unstable();
        ids.dedup();
        let cases = self.engine.0.journal.cases(&ids).await?;
        let cases: HashMap<TransactionId, StoredCase> = cases.into_iter().map(|stored| (stored.id, stored)).collect();
        let mut untouched: BTreeMap<TransactionId, Vec<u16>> = BTreeMap::new();
        let mut still = Vec::new();
        for leg in std::mem::take(&mut self.job.in_hand) {
            let case = cases.get(&leg.transaction).map(|stored| &*stored.case);
            match case.map_or(Standing::Elsewhere, |case| standing(case, leg)) {
                Standing::Untouched if self.job.state == JobState::Cancelled => self.job.passed_over += 1,
                Standing::Untouched => {
                    untouched.entry(leg.transaction).or_default().push(leg.leg);
                    still.push(leg);
                }
                Standing::UnderWay => still.push(leg),
                Standing::AtRest => self.job.done += 1,
                Standing::ParkedAgain => self.job.failed += 1,
                Standing::Elsewhere => self.job.passed_over += 1,
            }
        }
        self.job.in_hand = still;
        if untouched.is_empty() {
            return Ok(());
        }
        let now = self.engine.0.clock.now();
        let touched = untouched.into_iter().filter_map(|(id, legs)| Some((cases.get(&id)?, legs)));
        let changes: Vec<_> = touched.filter_map(|(stored, legs)| self.touch(stored, &legs, now)).collect();
        let contents = self.engine.contents(&changes).await?;
        let writes = changes
            .into_iter()
            .map(|change| {
                let content = contents.get(&change.id);
                change.into_write(content, now, None)
            })
            .collect();
        for result in self.engine.commit(writes).await {
            match result {
                // Who changed it meanwhile is seen in the next round.
                Ok(_) | Err(WriteError::VersionConflict) => {}
                Err(WriteError::Unavailable(error)) => return Err(error),
                Err(error) => tracing::error!(job = %self.job.id, %error, "leg not written"),
            }
        }
        Ok(())
    }

    /// What the operator wanted, for these legs of one transaction; nothing when none of them may be touched.
    fn touch(&mut self, stored: &StoredCase, legs: &[u16], now: Timestamp) -> Option<Change> {
        let mut decision = Decision { case: Case::clone(&stored.case), events: Vec::new() };
        for leg in legs.iter().copied() {
            let note = self.job.note.clone();
            let command = match self.job.kind {
                JobKind::Redrive => Command::Redrive { leg, note },
                JobKind::Discard => Command::Skip { leg, note },
            };
            let actor = Actor::new(ActorKind::Operator, self.job.created_by.clone());
            match advance(decision.case.clone(), &self.engine.0.directory, &command, actor, now) {
                Ok(next) => {
                    decision.case = next.case;
                    decision.events.extend(next.events);
                }
                Err(_) => {
                    self.job.in_hand.retain(|held| (held.transaction, held.leg) != (stored.id, leg));
                    self.job.passed_over += 1;
                }
            }
        }
        (!decision.events.is_empty()).then(|| Change::of(stored, decision))
    }

    fn concurrency(&self) -> usize {
        usize::try_from(self.job.concurrency).unwrap_or(usize::MAX)
    }
}

/// How a leg in hand stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// As it was when it was taken up.
    Untouched,
    /// Requests are out, or will be.
    UnderWay,
    /// Answered, or with whoever it belongs to: a department at work, the customer.
    AtRest,
    /// Parked again.
    ParkedAgain,
    /// Its transaction is held, so nothing moves it now.
    Elsewhere,
}

fn standing(case: &Case, taken: InHand) -> Standing {
    let Some(leg) = case.legs.get(usize::from(taken.leg)) else { return Standing::Elsewhere };
    if case.state.is_terminal() {
        return Standing::AtRest;
    }
    let Leg { progress, .. } = leg;
    match progress.state {
        _ if progress.held && progress.attempt == taken.attempt => Standing::Untouched,
        _ if progress.held => Standing::ParkedAgain,
        LegState::Dispatched
        | LegState::Acknowledged
        | LegState::InDoubt
        | LegState::Failed
        | LegState::Compensating => {
            if case.state == TransactionState::Suspended && progress.wake.is_some() && !progress.awaiting {
                Standing::Elsewhere
            } else {
                Standing::UnderWay
            }
        }
        _ => Standing::AtRest,
    }
}
