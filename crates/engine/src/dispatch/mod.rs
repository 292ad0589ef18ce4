//! Dispatch: from the outbox to the bus, one lane per department.
//!
//! A message that its lane has room for is in this process's hand from its commit on, and is sent straight from there;
//! any other waits in the outbox, where a lane takes it in hand before it sends it. So whatever is found waiting was
//! never sent, unless a process that had it in hand has gone; then it says so. One department's backlog fills its own
//! lane and nothing else.

mod breaker;
mod gates;
mod lane;
mod needs;
pub(crate) mod request;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jisr_bus::{Bus, BusError, Publisher};
use jisr_core::name::DepartmentId;
use jisr_journal::{Hold, Journal, OutboxMessage, OutboxPosition, Read};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use self::breaker::Sign;
pub use self::breaker::{BreakerOptions, BreakerStatus};
pub(crate) use self::gates::Gates;
use self::lane::{InHand, Lane, News};

/// Hands committed messages to their departments' lanes.
pub(crate) struct Dispatcher {
    lanes: Mutex<HashMap<DepartmentId, Entrance>>,
    journal: Arc<dyn Journal>,
    publisher: Arc<dyn Publisher>,
    gates: Arc<Gates>,
    window: usize,
    running: TaskTracker,
    stop: CancellationToken,
}

/// The way into a lane.
#[derive(Clone)]
struct Entrance {
    rows: mpsc::Sender<InHand>,
    news: Arc<News>,
}

/// A place in a lane, kept for a message that is about to be committed.
pub(crate) struct Place(mpsc::OwnedPermit<InHand>);

impl Place {
    /// The message is committed, in hand, and may go.
    pub(crate) fn send(self, position: OutboxPosition, hold: Hold, message: OutboxMessage) {
        self.0.send(InHand { position, hold, message, republished: false });
    }
}

impl Dispatcher {
    pub(crate) async fn start(
        journal: Arc<dyn Journal>,
        bus: &dyn Bus,
        gates: Arc<Gates>,
        window: usize,
        stop: CancellationToken,
    ) -> Result<Self, BusError> {
        let publisher = bus.publisher().await?;
        let running = TaskTracker::new();
        Ok(Self { lanes: Mutex::default(), journal, publisher, gates, window, running, stop })
    }

    /// A place for a message that is about to be committed; without one it waits in the outbox, and once it is there
    /// its lane must be [told](Self::tell).
    pub(crate) fn reserve(&self, message: &OutboxMessage) -> Option<Place> {
        if self.stop.is_cancelled() || self.gates.is_paused(&message.department) {
            return None;
        }
        let place = self.entrance(&message.department).rows.try_reserve_owned().ok()?;
        self.gates.admit(&message.department, &message.body).ok()?;
        Some(Place(place))
    }

    /// A message of this department waits in the outbox.
    pub(crate) fn tell(&self, department: &DepartmentId) {
        self.entrance(department).news.tell();
    }

    /// Sees to it that nothing waits for a process that has gone.
    pub(crate) async fn recover(&self, at_start: bool) -> Read<()> {
        let left_behind = self.journal.recover().await?;
        if let Some(messages) = left_behind {
            tracing::info!(messages, "another process has gone: what it had in hand is sent, and says so");
        }
        if at_start || left_behind.is_some() {
            self.journal.waiting_departments().await?.iter().for_each(|department| self.tell(department));
        }
        Ok(())
    }

    /// Until every lane has ended, which they do when told to stop.
    pub(crate) async fn ended(&self) {
        self.running.close();
        self.running.wait().await;
    }

    fn entrance(&self, department: &DepartmentId) -> Entrance {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entrance) = lanes.get(department) {
            return entrance.clone();
        }
        let (sender, receiver) = mpsc::channel(self.window);
        let news = Arc::<News>::default();
        let (journal, publisher) = (self.journal.clone(), self.publisher.clone());
        let lane = Lane::new(department.clone(), journal, publisher, self.gates.clone(), self.window, news.clone());
        self.running.spawn(lane.run(receiver, self.stop.clone()));
        let entrance = Entrance { rows: sender, news };
        lanes.insert(department.clone(), entrance.clone());
        entrance
    }
}
