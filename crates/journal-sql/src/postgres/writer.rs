//! The one task that writes. While a batch is at the database, whatever else is asked gathers, and the next batch takes
//! all of it: no timer, no delay when idle, few commits under load.
//!
//! A connection that breaks leaves a batch of which nobody knows whether it was committed. Every batch has a number, the
//! database keeps the last one of each process with its outcome, and the same batch is sent again: it is done once. When
//! there is no time left for that its callers are told that the database is down, and the next batch settles it first.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jisr_core::id::{RequestId, TransactionId};
use jisr_journal::{OutboxPosition, Position, Read, Taken, Unavailable, WriteError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use super::batch::{Columns, Hands, Outcome, call};
use super::line::{Dialler, Line, Trouble};
use super::owner::{Owner, forward};
use crate::error::unavailable;
use crate::prepared::{Change, Prepared, WriteResult};

/// Calls that may wait; beyond it callers wait to be let in.
const WAITING_CALLS: usize = 4096;
/// A batch with so many writes shows that there is load.
const BUSY: usize = 8;
/// The longest wait for more.
const LONGEST_LINGER: Duration = Duration::from_millis(2);
/// Wait before the next try when the database did not answer.
const PAUSE: Duration = Duration::from_millis(100);

/// What the writer is asked to do.
pub(super) enum Job {
    Write { writes: Vec<Prepared>, answer: oneshot::Sender<Vec<WriteResult>> },
    Take { positions: Vec<OutboxPosition>, answer: oneshot::Sender<Read<Taken>> },
    Release { positions: Vec<OutboxPosition>, answer: oneshot::Sender<Read<()>> },
    Clear { positions: Vec<OutboxPosition>, answer: oneshot::Sender<Read<()>> },
}

/// The handle of the writing task, which ends, everything asked being done, when this is dropped.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    released: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn start(
        dialler: Arc<Dialler>,
        owner: Owner,
        head: Arc<watch::Sender<Position>>,
        max_batch: usize,
    ) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING_CALLS);
        let released = Arc::<AtomicBool>::default();
        let task = Task {
            dialler,
            owner,
            head,
            max_batch: max_batch.max(1),
            released: released.clone(),
            call: call(),
            line: None,
            batch: 0,
            unsettled: None,
            calls: HashMap::new(),
            next_call: 0,
            queue: VecDeque::new(),
            outbox: Vec::new(),
            last: (0, Duration::ZERO),
        };
        tokio::spawn(task.run(waiting));
        Self { jobs, released }
    }

    /// Hands a job in and waits for its answer.
    pub(super) async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, Unavailable> {
        let gone = || unavailable("the writer has ended");
        let (answer, answered) = oneshot::channel();
        self.jobs.send(job(answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }

    /// Whether messages wait again since the last time this was asked, because nobody heard that they were committed.
    pub(super) fn released(&self) -> bool {
        self.released.swap(false, Ordering::AcqRel)
    }
}

/// One call of `write_all`, until all of its writes are done.
struct Call {
    answer: oneshot::Sender<Vec<WriteResult>>,
    results: Vec<WriteResult>,
    left: usize,
}

/// A write waiting for a batch.
struct Queued {
    call: u64,
    place: usize,
    write: Prepared,
}

/// The task's own side.
struct Task {
    dialler: Arc<Dialler>,
    owner: Owner,
    head: Arc<watch::Sender<Position>>,
    max_batch: usize,
    released: Arc<AtomicBool>,
    call: String,
    line: Option<Line>,
    /// Number of the last batch.
    batch: i64,
    /// A batch of which nobody knows whether it was committed, by whom.
    unsettled: Option<(i64, i64)>,
    calls: HashMap<u64, Call>,
    next_call: u64,
    queue: VecDeque<Queued>,
    outbox: Vec<Job>,
    /// How many writes the last batch had, and how long it took.
    last: (usize, Duration),
}

impl Task {
    /// Until every handle is gone and everything asked is done.
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        loop {
            if self.queue.is_empty() && self.outbox.is_empty() {
                let Some(job) = jobs.recv().await else { return };
                self.take_on(job);
            }
            self.linger().await;
            while self.queue.len() < self.max_batch
                && let Ok(job) = jobs.try_recv()
            {
                self.take_on(job);
            }
            let batch = self.choose();
            let outbox = std::mem::take(&mut self.outbox);
            let began = Instant::now();
            let result = self.commit(&batch, &outbox).await;
            self.last = (batch.len(), began.elapsed());
            if let Err(error) = &result {
                tracing::error!(%error, writes = batch.len(), "journal commit failed");
            }
            self.answer(batch, outbox, result);
        }
    }

    /// Under load waits a little for more to gather: those who were just answered come back soon, and a batch costs the
    /// database much the same whatever its size. An idle system, and one that is at its limit, does not wait.
    async fn linger(&self) {
        let (writes, took) = self.last;
        if writes >= BUSY && self.queue.len() < writes {
            tokio::time::sleep((took / 4).min(LONGEST_LINGER)).await;
        }
    }

    fn take_on(&mut self, job: Job) {
        let Job::Write { writes, answer } = job else { return self.outbox.push(job) };
        let (call, left) = (self.next_call, writes.len());
        self.next_call += 1;
        if left == 0 {
            drop(answer.send(Vec::new()));
            return;
        }
        let results = (0..left).map(|_| Err(WriteError::VersionConflict)).collect();
        self.calls.insert(call, Call { answer, results, left });
        let queued = writes.into_iter().enumerate().map(|(place, write)| Queued { call, place, write });
        self.queue.extend(queued);
    }

    /// The next batch: in order, but no two writes that could get into each other's way; those wait for the next.
    fn choose(&mut self) -> Vec<Queued> {
        let mut transactions: HashSet<TransactionId> = HashSet::new();
        let mut requests: HashSet<RequestId> = HashSet::new();
        let mut references: HashSet<Arc<str>> = HashSet::new();
        let (mut batch, mut left) = (Vec::new(), VecDeque::new());
        while batch.len() < self.max_batch
            && let Some(queued) = self.queue.pop_front()
        {
            let Prepared { id, request, change, .. } = &queued.write;
            let reference = match change {
                Change::Create(fresh) => Some(&fresh.reference_no),
                Change::Update { .. } => None,
            };
            let apart = !transactions.contains(id)
                && request.as_ref().is_none_or(|key| !requests.contains(&key.id))
                && reference.is_none_or(|reference| !references.contains(reference));
            if apart {
                references.extend(reference.cloned());
                requests.extend(request.as_ref().map(|key| key.id));
            }
            // One that has to wait keeps what comes after it on the same transaction waiting, too.
            transactions.insert(*id);
            if apart {
                batch.push(queued);
            } else {
                left.push_back(queued);
            }
        }
        left.append(&mut self.queue);
        self.queue = left;
        batch
    }

    /// Until it is known what became of the batch, or patience is at its end.
    async fn commit(&mut self, batch: &[Queued], outbox: &[Job]) -> Read<Outcome> {
        let columns = Columns::of(batch.iter().map(|queued| &queued.write), hands(outbox));
        let deadline = Instant::now() + self.dialler.patience();
        self.batch += 1;
        let number = self.batch;
        // May be at the database already.
        let mut sent = false;
        loop {
            let owner = self.owner.id();
            let tried = timeout_at(deadline, self.attempt(owner, number, &columns, &mut sent)).await;
            let why = match tried {
                Ok(Ok(outcome)) => return Ok(outcome),
                Ok(Err(trouble)) => match trouble.code() {
                    // Somebody took this process for gone: nothing was done, and it goes on under another id.
                    Some("JI001") => {
                        sent = false;
                        drop(timeout_at(deadline, self.owner.lost(owner)).await);
                        unavailable("the database does not see this process")
                    }
                    // Serialisation, deadlock: nothing was done.
                    Some("40001" | "40P01") => Unavailable::from(trouble),
                    Some(_) => return Err(trouble.into()),
                    None => {
                        self.line = None;
                        tokio::time::sleep(PAUSE).await;
                        trouble.into()
                    }
                },
                Err(_) => {
                    self.line = None;
                    unavailable("the database does not answer")
                }
            };
            if Instant::now() >= deadline {
                if sent {
                    self.unsettled = Some((owner, number));
                }
                return Err(why);
            }
        }
    }

    async fn attempt(
        &mut self,
        owner: i64,
        number: i64,
        columns: &Columns<'_>,
        sent: &mut bool,
    ) -> Result<Outcome, Trouble> {
        if self.line.as_ref().is_none_or(Line::is_closed) {
            self.line = Some(self.dialler.open().await?);
        }
        let Some(line) = &self.line else { return Err(Trouble::Broken("no connection".to_owned())) };
        if let Some((owner, number)) = self.unsettled {
            settle(line, owner, number).await?;
            self.unsettled = None;
            self.released.store(true, Ordering::Release);
        }
        *sent = true;
        let rows = line.rows(&self.call, &columns.values(&owner, &number, &self.owner.has_company())).await?;
        let row = rows.first().ok_or_else(|| Trouble::Broken("the database answered with nothing".to_owned()))?;
        Outcome::read(row, owner).map_err(|error| Trouble::Broken(error.to_string()))
    }

    fn answer(&mut self, batch: Vec<Queued>, outbox: Vec<Job>, result: Read<Outcome>) {
        let results = match &result {
            Ok(outcome) => {
                let (results, head) = outcome.results(batch.iter().map(|queued| &queued.write));
                // Before the answers: who has one finds the head at or beyond its own position.
                forward(&self.head, head);
                results
            }
            Err(error) => batch.iter().map(|_| Err(WriteError::Unavailable(error.clone()))).collect(),
        };
        for (queued, result) in batch.into_iter().zip(results) {
            let Some(call) = self.calls.get_mut(&queued.call) else { continue };
            call.results[queued.place] = result;
            call.left -= 1;
            if call.left == 0
                && let Some(call) = self.calls.remove(&queued.call)
            {
                // Whoever does not wait any more still has the work done.
                drop(call.answer.send(call.results));
            }
        }
        let (mut taken, hold) = match &result {
            Ok(outcome) => (outcome.taken.clone(), outcome.hold()),
            Err(_) => Default::default(),
        };
        let done = result.map(drop);
        for job in outbox {
            match job {
                Job::Take { positions, answer } => {
                    let positions = positions.into_iter().filter(|position| taken.remove(position)).collect();
                    drop(answer.send(done.clone().map(|()| Taken { hold, positions })));
                }
                Job::Release { answer, .. } | Job::Clear { answer, .. } => drop(answer.send(done.clone())),
                Job::Write { .. } => {}
            }
        }
    }
}

fn hands(outbox: &[Job]) -> Hands {
    let mut hands = Hands::default();
    for job in outbox {
        let (to, positions) = match job {
            Job::Take { positions, .. } => (&mut hands.take, positions),
            Job::Release { positions, .. } => (&mut hands.release, positions),
            Job::Clear { positions, .. } => (&mut hands.clear, positions),
            Job::Write { .. } => continue,
        };
        to.extend(positions.iter().map(|position| position.0));
    }
    hands
}

/// Sees to it that a batch nobody waits for any more is either done or never will be; in the first case nobody has sent
/// its messages, so they wait again.
async fn settle(line: &Line, owner: i64, number: i64) -> Result<(), Trouble> {
    let sql = "WITH closed AS (
                   UPDATE owners o SET last_batch = $2
                   FROM (SELECT id, last_batch, outbox, taken FROM owners WHERE id = $1 FOR UPDATE) was
                   WHERE o.id = was.id
                   RETURNING was.last_batch, was.outbox, was.taken
               )
               UPDATE outbox b SET owner = NULL FROM closed
               WHERE closed.last_batch = $2 AND b.owner = $1
                 AND (b.position > closed.outbox OR b.position = ANY (closed.taken))";
    line.rows(sql, &[&owner, &number]).await.map(drop)
}
