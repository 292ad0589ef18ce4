//! One department's way from the outbox to the bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use jisr_bus::{Address, Message, Publisher, TraceContext, kind};
use jisr_core::name::DepartmentId;
use jisr_journal::{Hold, Holding, Journal, OutboxMessage, OutboxPosition, OutboxRow, Read, Taken};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::gates::Gates;

/// Wait before the next try when bus or journal did not take something.
const PAUSE: Duration = Duration::from_millis(250);
/// Even a lane that believes itself up to date reads the outbox after so long, for what nobody told it of.
const SWEEP: Duration = Duration::from_secs(60);
/// What is on its way to the bus when the process is told to stop may take so long to arrive.
const FAREWELL: Duration = Duration::from_secs(3);

/// A message in this process's hand.
#[derive(Clone)]
pub(super) struct InHand {
    pub(super) position: OutboxPosition,
    pub(super) hold: Hold,
    pub(super) message: OutboxMessage,
    /// It may be on the bus already.
    pub(super) republished: bool,
}

/// Tells a lane that messages wait in the outbox.
#[derive(Default)]
pub(super) struct News {
    told: Notify,
    /// The lane has seen that some may not go yet, and will look again by itself.
    looks_again: AtomicBool,
}

impl News {
    pub(super) fn tell(&self) {
        if !self.looks_again.load(Ordering::Acquire) {
            self.told.notify_one();
        }
    }
}

/// See the module.
pub(super) struct Lane {
    address: Address,
    department: DepartmentId,
    journal: Arc<dyn Journal>,
    publisher: Arc<dyn Publisher>,
    gates: Arc<Gates>,
    window: usize,
    news: Arc<News>,
    /// Messages may wait in the outbox.
    behind: bool,
    /// Durable on the bus, to be cleared from the outbox.
    finished: Vec<OutboxPosition>,
    /// Messages were left in the outbox because they may not be sent before this.
    look_again: Option<Instant>,
}

/// What became of a message that was sent.
enum Landed {
    Durable(OutboxPosition),
    /// Nobody knows whether it arrived: it goes again, and says so.
    Unknown(InHand),
    /// It is somebody else's now.
    Lost,
}

type Landing = FuturesUnordered<BoxFuture<'static, Landed>>;

impl Lane {
    pub(super) fn new(
        department: DepartmentId,
        journal: Arc<dyn Journal>,
        publisher: Arc<dyn Publisher>,
        gates: Arc<Gates>,
        window: usize,
        news: Arc<News>,
    ) -> Self {
        let address = Address::Department(department.clone());
        let (finished, look_again) = (Vec::new(), None);
        Self { address, department, journal, publisher, gates, window, news, behind: false, finished, look_again }
    }

    /// Runs until told to stop. What it then has in hand and has not sent waits again.
    pub(super) async fn run(mut self, mut rows: mpsc::Receiver<InHand>, stop: CancellationToken) {
        let mut landing = Landing::new();
        let mut clearing: Option<BoxFuture<'static, (Vec<OutboxPosition>, Read<()>)>> = None;
        let (mut opened, news) = (self.gates.opened(), self.news.clone());
        let mut sweep = tokio::time::interval_at(Instant::now() + SWEEP, SWEEP);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if clearing.is_none() && !self.finished.is_empty() {
                let (journal, positions) = (self.journal.clone(), std::mem::take(&mut self.finished));
                clearing = Some(Box::pin(async move {
                    let result = journal.clear(positions.clone()).await;
                    (positions, result)
                }));
            }
            let room = landing.len() < self.window;
            let paused = self.gates.is_paused(&self.department);
            if self.behind && !paused && rows.is_empty() && landing.len() <= self.window / 2 {
                if let Err(error) = self.catch_up(&mut landing).await {
                    tracing::warn!(department = %self.department, %error, "outbox not readable, trying again");
                    if pause(&stop).await {
                        break;
                    }
                }
                continue;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(landed) = landing.next(), if !landing.is_empty() => self.landed(landed, &landing),
                (positions, result) = wait(&mut clearing), if clearing.is_some() => {
                    clearing = None;
                    if let Err(error) = result {
                        tracing::warn!(department = %self.department, %error, "outbox not cleared, trying again");
                        self.finished.extend(positions);
                        if pause(&stop).await {
                            break;
                        }
                    }
                }
                row = rows.recv(), if room && !paused => {
                    let Some(row) = row else { break };
                    landing.push(self.send(row, Duration::ZERO));
                }
                Ok(()) = opened.changed() => self.behind = true,
                () = until(self.look_again), if self.look_again.is_some() => self.behind = true,
                () = news.told.notified() => self.behind = true,
                _ = sweep.tick() => self.behind = true,
            }
        }
        if let Some(clearing) = clearing {
            // Whatever this brings: who finds them sends them again, and says so.
            drop(clearing.await);
        }
        self.take_leave(rows, landing).await;
    }

    fn landed(&mut self, landed: Landed, landing: &Landing) {
        match landed {
            Landed::Durable(position) => self.finished.push(position),
            Landed::Unknown(row) => landing.push(self.send(row, PAUSE)),
            Landed::Lost => {}
        }
    }

    /// Gives back what was not sent, waits a little for what was, and clears what arrived.
    async fn take_leave(mut self, mut rows: mpsc::Receiver<InHand>, mut landing: Landing) {
        rows.close();
        let mut unsent = Vec::new();
        while let Some(row) = rows.recv().await {
            if !row.republished {
                unsent.push(row.position);
            }
        }
        if !unsent.is_empty()
            && let Err(error) = self.journal.release(unsent).await
        {
            tracing::warn!(department = %self.department, %error, "unsent messages not given back: they will be looked up");
        }
        let landed = async {
            while let Some(landed) = landing.next().await {
                if let Landed::Durable(position) = landed {
                    self.finished.push(position);
                }
            }
        };
        let in_time = tokio::time::timeout(FAREWELL, landed).await;
        if in_time.is_err() {
            tracing::info!(department = %self.department, "stopped with messages on their way: they will be sent again");
        }
        if !self.finished.is_empty() {
            drop(self.journal.clear(self.finished).await);
        }
    }

    /// Takes in hand what waits and may go; up to date once there is no more than fits.
    async fn catch_up(&mut self, landing: &mut Landing) -> Read<()> {
        let mut after = OutboxPosition::default();
        let page = u32::try_from(self.window).unwrap_or(u32::MAX);
        self.look_again = None;
        while landing.len() < self.window {
            let mut rows = self.journal.waiting(&self.department, after, page).await?;
            let Some(last) = rows.last() else {
                self.behind = false;
                break;
            };
            after = last.position;
            rows.retain(|row| self.may_go(row));
            rows.truncate(self.window - landing.len());
            if rows.is_empty() {
                continue;
            }
            let Taken { hold, positions } = self.journal.take(rows.iter().map(|row| row.position).collect()).await?;
            rows.retain(|row| positions.contains(&row.position));
            for OutboxRow { position, message, left_behind } in rows {
                landing.push(self.send(InHand { position, hold, message, republished: left_behind }, Duration::ZERO));
            }
        }
        self.news.looks_again.store(self.look_again.is_some(), Ordering::Release);
        Ok(())
    }

    /// Whether a row may be sent now; one that may not stays in the outbox, and is looked for again when it may.
    fn may_go(&mut self, row: &OutboxRow) -> bool {
        match self.gates.admit(&self.department, &row.message.body) {
            Ok(()) => true,
            Err(wait) => {
                let at = Instant::now() + wait;
                self.look_again = Some(self.look_again.map_or(at, |earlier| earlier.min(at)));
                false
            }
        }
    }

    /// Publishes a message and waits until it is durable there.
    fn send(&self, row: InHand, after: Duration) -> BoxFuture<'static, Landed> {
        let (journal, publisher, address) = (self.journal.clone(), self.publisher.clone(), self.address.clone());
        Box::pin(async move {
            if !after.is_zero() {
                tokio::time::sleep(after).await;
            }
            loop {
                match journal.holding(row.hold) {
                    Holding::Sure => break,
                    Holding::Unsure => tokio::time::sleep(PAUSE).await,
                    Holding::Lost => return Landed::Lost,
                }
            }
            let landed = match publisher.publish(&address, message(&row)).await {
                Ok(receipt) => receipt.durable().await,
                Err(error) => Err(error),
            };
            match landed {
                Ok(()) => Landed::Durable(row.position),
                Err(error) => {
                    tracing::warn!(%error, "request not confirmed by the bus, sending it again");
                    Landed::Unknown(InHand { republished: true, ..row })
                }
            }
        })
    }
}

/// As it goes on the bus. Bodies are shared, not copied.
fn message(row: &InHand) -> Message {
    let message = &row.message;
    Message {
        id: message.id,
        kind: kind::LEG_REQUESTED.into(),
        correlation: Some(message.transaction),
        attempt: message.attempt,
        republished: row.republished,
        time: message.time,
        trace: TraceContext { traceparent: message.traceparent.clone(), tracestate: None },
        body: message.body.clone(),
    }
}

async fn wait<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn until(when: Option<Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}

/// Waits a little; true when told to stop meanwhile.
async fn pause(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = tokio::time::sleep(PAUSE) => false,
    }
}
