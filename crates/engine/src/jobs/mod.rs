//! Parked legs and what operators do about them: look, have them tried again, give them up. Bulk work is a job, written
//! down before it does anything, so that any engine can carry on with it.

mod keep;
mod pace;
mod round;

use std::sync::Arc;

use jisr_core::id::JobId;
use jisr_core::job::{Job, JobKind, JobState, Selection};
use jisr_core::problem::{Problem, Reason};
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;
use jisr_journal::{Failure, FailureGroup, FailureQuery, Read};

use crate::engine::Engine;
use crate::read::down;

/// How often a cancellation is tried again because the job got further meanwhile.
const TRIES: usize = 64;

/// A wish for bulk work.
#[derive(Clone, Debug)]
pub struct JobWish {
    /// The id the job is to have: that of the request, so that the same request begins it once.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// To which legs, of those parked by now.
    pub selection: Selection,
    /// Why, in the operator's words.
    pub note: LocalizedText,
    /// Which operator.
    pub operator: Arc<str>,
    /// At most so many legs unsettled at once; at least 1.
    pub concurrency: u32,
    /// At most so many legs in a second; 0 is no limit.
    pub per_second: u32,
    /// Only say how many it would be.
    pub validate_only: bool,
}

impl Engine {
    /// A page of parked legs, the longest parked first.
    ///
    /// # Errors
    /// `JOURNAL_DOWN`.
    pub async fn failures(&self, query: &FailureQuery) -> Result<Vec<Failure>, Problem> {
        self.0.journal.failures(query).await.map_err(down)
    }

    /// How many parked legs there are.
    ///
    /// # Errors
    /// `JOURNAL_DOWN`.
    pub async fn count_failures(&self, selection: &Selection) -> Result<u64, Problem> {
        self.0.journal.count_failures(selection).await.map_err(down)
    }

    /// Parked legs by cause, the largest group first.
    ///
    /// # Errors
    /// `JOURNAL_DOWN`.
    pub async fn failure_groups(&self, selection: &Selection) -> Result<Vec<FailureGroup>, Problem> {
        self.0.journal.failure_groups(selection).await.map_err(down)
    }

    /// Begins bulk work. The same wish again is answered by the job it began.
    ///
    /// # Errors
    /// `REQUEST_ID_REUSED`, `JOURNAL_DOWN`.
    pub async fn start_job(&self, wish: JobWish) -> Result<Job, Problem> {
        let validate_only = wish.validate_only;
        let mut job = self.new_job(wish);
        if let Some(earlier) = self.0.journal.job(job.id).await.map_err(down)? {
            return same(&job, earlier.job);
        }
        job.total = self.0.journal.count_failures(&job.scope()).await.map_err(down)?;
        if validate_only {
            return Ok(job);
        }
        if !self.0.journal.put_job(&job).await.map_err(down)? {
            // The same request, at the same moment.
            let earlier = self.0.journal.job(job.id).await.map_err(down)?.ok_or(Reason::RequestInProgress)?;
            return same(&job, earlier.job);
        }
        tracing::info!(job = %job.id, kind = ?job.kind, total = job.total, operator = %job.created_by, "job begun");
        self.0.new_job.notify_one();
        Ok(job)
    }

    fn new_job(&self, wish: JobWish) -> Job {
        let now = self.0.clock.now();
        let JobWish { id, kind, selection, note, operator, concurrency, per_second, .. } = wish;
        Job {
            id,
            kind,
            selection,
            note,
            created_by: operator,
            create_time: now,
            update_time: now,
            end_time: None,
            state: JobState::Running,
            concurrency: concurrency.max(1),
            per_second,
            total: 0,
            done: 0,
            failed: 0,
            passed_over: 0,
            arrived: 0,
            place: None,
            in_hand: Vec::new(),
            runner: Arc::default(),
            lease: Timestamp::MIN,
        }
    }

    /// One job as it stands.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`, `JOURNAL_DOWN`.
    pub async fn job(&self, id: JobId) -> Result<Job, Problem> {
        let stored = self.0.journal.job(id).await.map_err(down)?.ok_or_else(|| unknown(id))?;
        self.as_it_stands(stored.job).await.map_err(down)
    }

    /// A page of jobs, the newest first, after the one given.
    ///
    /// # Errors
    /// `JOURNAL_DOWN`.
    pub async fn jobs(&self, after: Option<(Timestamp, JobId)>, limit: u32) -> Result<Vec<Job>, Problem> {
        let mut jobs = Vec::new();
        for stored in self.0.journal.jobs(after, limit).await.map_err(down)? {
            jobs.push(self.as_it_stands(stored.job).await.map_err(down)?);
        }
        Ok(jobs)
    }

    /// Stops a job: it takes up no more, and what it has in hand is followed to its end. One that has ended stays as it
    /// is.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`, `REQUEST_IN_PROGRESS`, `JOURNAL_DOWN`.
    pub async fn cancel_job(&self, id: JobId, operator: &str) -> Result<Job, Problem> {
        for _ in 0..TRIES {
            let stored = self.0.journal.job(id).await.map_err(down)?.ok_or_else(|| unknown(id))?;
            if stored.job.has_ended() || stored.job.state == JobState::Cancelled {
                return self.as_it_stands(stored.job).await.map_err(down);
            }
            let job = Job { state: JobState::Cancelled, update_time: self.0.clock.now(), ..stored.job };
            if self.0.journal.update_job(&job, stored.version).await.map_err(down)?.is_some() {
                tracing::info!(job = %id, operator, "job cancelled");
                return self.as_it_stands(job).await.map_err(down);
            }
        }
        Err(Problem::new(Reason::RequestInProgress))
    }

    /// Counts what has been parked since, as long as it runs.
    async fn as_it_stands(&self, mut job: Job) -> Read<Job> {
        if !job.has_ended() {
            job.arrived = self.arrived(&job).await?;
        }
        Ok(job)
    }

    /// Legs that the selection fits and that were parked after the job was made, without those it tried itself.
    async fn arrived(&self, job: &Job) -> Read<u64> {
        let since = job.selection.since.map_or(job.create_time, |since| since.max(job.create_time));
        if job.selection.before.is_some_and(|before| before <= since) {
            return Ok(0);
        }
        let later = Selection { since: Some(since), ..job.selection.clone() };
        Ok(self.0.journal.count_failures(&later).await?.saturating_sub(job.failed))
    }
}

fn same(wished: &Job, earlier: Job) -> Result<Job, Problem> {
    if earlier.same_request(wished) { Ok(earlier) } else { Err(Problem::new(Reason::RequestIdReused)) }
}

fn unknown(id: JobId) -> Problem {
    let name = format!("jobs/{id}");
    Problem::new(Reason::JobNotFound).with("name", &name).resource("jisr/Job", name)
}
