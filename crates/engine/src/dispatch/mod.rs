//! Dispatch: from the outbox to the bus, one lane per department.
//!
//! A lane holds at most a window of messages that are on the bus and not yet durable there; what does not fit stays
//! in the outbox, which is also where everything is found again after a crash. One department's backlog fills its own
//! lane and nothing else.

mod breaker;
mod gates;
mod lane;
mod needs;
pub(crate) mod request;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jisr_bus::{Bus, Publisher};
use jisr_core::name::DepartmentId;
use jisr_journal::{Journal, OutboxPosition, OutboxRow};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(crate) use self::breaker::Sign;
pub use self::breaker::{BreakerOptions, BreakerStatus};
pub(crate) use self::gates::Gates;
use self::lane::Lane;
use crate::engine::StartError;

/// Messages of one department remembered as turned away by a full lane; beyond, they are taken for possibly sent, which
/// is slower and just as right.
const TURNED_AWAY: usize = 100_000;

/// Hands committed messages to their departments' lanes.
pub(crate) struct Dispatcher {
    lanes: Mutex<HashMap<DepartmentId, Entrance>>,
    journal: Arc<dyn Journal>,
    publisher: Arc<dyn Publisher>,
    gates: Arc<Gates>,
    window: usize,
    stop: CancellationToken,
}

/// The way into a lane.
#[derive(Clone)]
struct Entrance {
    rows: mpsc::Sender<OutboxRow>,
    turned_away: Arc<TurnedAway>,
}

/// Messages this process committed and its full lane did not take: found in the outbox, they were certainly not sent.
/// Any other message found there may have been, by a process that did not live to know.
#[derive(Default)]
struct TurnedAway {
    positions: Mutex<BTreeSet<OutboxPosition>>,
    /// Some since the lane last looked.
    news: AtomicBool,
}

impl TurnedAway {
    /// Has the lane look at the outbox.
    fn tell(&self) {
        self.news.store(true, Ordering::Release);
    }

    /// It is in the outbox, and was not sent.
    fn leave(&self, position: OutboxPosition) {
        let mut positions = self.positions.lock().unwrap_or_else(PoisonError::into_inner);
        positions.insert(position);
        if positions.len() > TURNED_AWAY {
            positions.pop_last();
        }
    }

    fn news(&self) -> bool {
        self.news.swap(false, Ordering::AcqRel)
    }

    fn take(&self, position: OutboxPosition) -> bool {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner).remove(&position)
    }
}

impl Dispatcher {
    /// Starts dispatching; what an earlier process left in the outbox goes first.
    pub(crate) async fn start(
        journal: Arc<dyn Journal>,
        bus: &dyn Bus,
        gates: Arc<Gates>,
        window: usize,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let publisher = bus.publisher().await?;
        let waiting = journal.waiting_departments().await?;
        let dispatcher = Self { lanes: Mutex::default(), journal, publisher, gates, window, stop };
        for department in waiting {
            dispatcher.open(&department, true);
        }
        Ok(dispatcher)
    }

    /// Sends a message that has just been committed. Never waits: what a full lane does not take, it finds in the outbox.
    pub(crate) fn send(&self, row: OutboxRow) {
        let lane = self.open(&row.message.department.clone(), false);
        let position = row.position;
        // Before it can be found in the outbox by the lane, so that it is known there as not sent.
        lane.turned_away.leave(position);
        if lane.rows.try_send(row).is_ok() {
            lane.turned_away.take(position);
        } else {
            lane.turned_away.tell();
        }
    }

    fn open(&self, department: &DepartmentId, behind: bool) -> Entrance {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(department) {
            return lane.clone();
        }
        let (sender, receiver) = mpsc::channel(self.window);
        let turned_away = Arc::<TurnedAway>::default();
        let lane = Lane::new(
            department.clone(),
            self.journal.clone(),
            self.publisher.clone(),
            self.gates.clone(),
            self.window,
            turned_away.clone(),
            behind,
        );
        tokio::spawn(lane.run(receiver, self.stop.clone()));
        let entrance = Entrance { rows: sender, turned_away };
        lanes.insert(department.clone(), entrance.clone());
        entrance
    }
}
