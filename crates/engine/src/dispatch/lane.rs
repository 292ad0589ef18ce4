//! One department's way from the outbox to the bus.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use jisr_bus::{Address, Message, Publisher, TraceContext, kind};
use jisr_core::name::DepartmentId;
use jisr_journal::{Journal, OutboxPosition, OutboxRow, Read};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::TurnedAway;
use super::gates::Gates;

/// Wait before the next try when bus or journal did not take something.
const PAUSE: Duration = Duration::from_millis(250);
/// Rows remembered as read from the outbox, beyond what the channel can hold.
const KEPT: usize = 1_024;
/// Even a lane that believes itself up to date reads the outbox after so long, for what nobody told it of.
const SWEEP: Duration = Duration::from_secs(60);

/// See the module.
pub(super) struct Lane {
    address: Address,
    department: DepartmentId,
    journal: Arc<dyn Journal>,
    publisher: Arc<dyn Publisher>,
    gates: Arc<Gates>,
    window: usize,
    turned_away: Arc<TurnedAway>,
    /// Rows may wait in the outbox that did not come through the channel.
    behind: bool,
    /// Sent, or being sent; the outbox still has them.
    in_flight: HashMap<OutboxPosition, OutboxRow>,
    /// Durable on the bus, to be cleared from the outbox.
    finished: Vec<OutboxPosition>,
    /// These and those being cleared right now: the outbox may still show them, and they must not go again.
    uncleared: HashSet<OutboxPosition>,
    /// Read from the outbox, and perhaps still on their way through the channel; the latest of them.
    caught_up: BTreeSet<OutboxPosition>,
    /// Rows were left in the outbox because they may not be sent before this.
    look_again: Option<Instant>,
}

/// What became of a message that was sent.
type Landed = (OutboxPosition, bool);

impl Lane {
    pub(super) fn new(
        department: DepartmentId,
        journal: Arc<dyn Journal>,
        publisher: Arc<dyn Publisher>,
        gates: Arc<Gates>,
        window: usize,
        turned_away: Arc<TurnedAway>,
        behind: bool,
    ) -> Self {
        Self {
            address: Address::Department(department.clone()),
            department,
            journal,
            publisher,
            gates,
            window,
            turned_away,
            behind,
            in_flight: HashMap::new(),
            finished: Vec::new(),
            uncleared: HashSet::new(),
            caught_up: BTreeSet::new(),
            look_again: None,
        }
    }

    /// Runs until told to stop. What is then not cleared is found in the outbox again.
    pub(super) async fn run(mut self, mut rows: mpsc::Receiver<OutboxRow>, stop: CancellationToken) {
        let mut landing: FuturesUnordered<BoxFuture<'static, Landed>> = FuturesUnordered::new();
        let mut clearing: Option<BoxFuture<'static, (Vec<OutboxPosition>, Read<()>)>> = None;
        let mut opened = self.gates.opened();
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
            self.behind |= self.turned_away.news();
            let room = self.in_flight.len() < self.window;
            let paused = self.gates.is_paused(&self.department);
            if self.behind && !paused && rows.is_empty() && self.in_flight.len() <= self.window / 2 {
                if let Err(error) = self.catch_up(&mut landing).await {
                    tracing::warn!(department = %self.department, %error, "outbox not readable, trying again");
                    if pause(&stop).await {
                        return;
                    }
                }
                continue;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some((position, landed)) = landing.next(), if !landing.is_empty() => {
                    if landed {
                        self.in_flight.remove(&position);
                        self.finished.push(position);
                        self.uncleared.insert(position);
                    } else if let Some(row) = self.in_flight.get(&position).cloned() {
                        // Nobody knows whether it arrived: it goes again, and says so.
                        landing.push(self.send(row, true, PAUSE));
                    }
                }
                (positions, result) = wait(&mut clearing), if clearing.is_some() => {
                    clearing = None;
                    match result {
                        Ok(()) => {
                            for position in &positions {
                                self.uncleared.remove(position);
                            }
                        }
                        Err(error) => {
                            tracing::warn!(department = %self.department, %error, "outbox not cleared, trying again");
                            self.finished.extend(positions);
                            if pause(&stop).await {
                                return;
                            }
                        }
                    }
                }
                row = rows.recv(), if room => {
                    let Some(row) = row else { return };
                    if self.caught_up.remove(&row.position) {
                        // Reading the outbox was faster.
                    } else if paused || !self.may_go(&row) {
                        // It stays in the outbox, and goes from there: when the department is resumed, at the latest.
                        self.turned_away.leave(row.position);
                        self.behind |= paused;
                    } else {
                        self.in_flight.insert(row.position, row.clone());
                        landing.push(self.send(row, false, Duration::ZERO));
                    }
                }
                Ok(()) = opened.changed() => self.behind = true,
                () = until(self.look_again), if self.look_again.is_some() => {
                    self.look_again = None;
                    self.behind = true;
                }
                _ = sweep.tick() => self.behind = true,
            }
        }
    }

    /// Takes what the outbox has and this lane does not; up to date once there is no more than fits.
    async fn catch_up(&mut self, landing: &mut FuturesUnordered<BoxFuture<'static, Landed>>) -> Read<()> {
        let mut after = OutboxPosition::default();
        let page = u32::try_from(self.window).unwrap_or(u32::MAX);
        while self.in_flight.len() < self.window {
            let rows = self.journal.waiting(&self.department, after, page).await?;
            let Some(last) = rows.last() else {
                self.behind = false;
                return Ok(());
            };
            after = last.position;
            for row in rows {
                let known = self.in_flight.contains_key(&row.position) || self.uncleared.contains(&row.position);
                if !known && self.in_flight.len() < self.window && self.may_go(&row) {
                    let unsent = self.turned_away.take(row.position);
                    self.in_flight.insert(row.position, row.clone());
                    self.caught_up.insert(row.position);
                    if self.caught_up.len() > 2 * self.window + KEPT {
                        self.caught_up.pop_first();
                    }
                    landing.push(self.send(row, !unsent, Duration::ZERO));
                }
            }
        }
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
    fn send(&self, row: OutboxRow, republished: bool, after: Duration) -> BoxFuture<'static, Landed> {
        let (publisher, address) = (self.publisher.clone(), self.address.clone());
        let OutboxRow { position, message } = row;
        let message = Message {
            id: message.id,
            kind: kind::LEG_REQUESTED.into(),
            correlation: Some(message.transaction),
            attempt: message.attempt,
            republished,
            time: message.time,
            trace: TraceContext { traceparent: message.traceparent, tracestate: None },
            body: message.body,
        };
        Box::pin(async move {
            if !after.is_zero() {
                tokio::time::sleep(after).await;
            }
            let landed = match publisher.publish(&address, message).await {
                Ok(receipt) => receipt.durable().await,
                Err(error) => Err(error),
            };
            if let Err(error) = &landed {
                tracing::warn!(%error, "request not confirmed by the bus, sending it again");
            }
            (position, landed.is_ok())
        })
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
