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

use std::collections::HashMap;
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

/// Hands committed messages to their departments' lanes.
pub(crate) struct Dispatcher {
    lanes: Mutex<HashMap<DepartmentId, mpsc::Sender<OutboxRow>>>,
    journal: Arc<dyn Journal>,
    publisher: Arc<dyn Publisher>,
    gates: Arc<Gates>,
    window: usize,
    /// The newest message when this process began: those up to here may have been sent by another one.
    inherited: OutboxPosition,
    stop: CancellationToken,
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
        let inherited = journal.newest().await?;
        let waiting = journal.waiting_departments().await?;
        let dispatcher = Self { lanes: Mutex::default(), journal, publisher, gates, window, inherited, stop };
        for department in waiting {
            dispatcher.open(&department, true);
        }
        Ok(dispatcher)
    }

    /// Sends a message that has just been committed. Never waits: a lane that is full finds it in the outbox.
    pub(crate) fn send(&self, row: OutboxRow) {
        let lane = self.open(&row.message.department.clone(), false);
        // A full channel is noticed by the lane, which then reads the outbox.
        let _ = lane.try_send(row);
    }

    fn open(&self, department: &DepartmentId, behind: bool) -> mpsc::Sender<OutboxRow> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(department) {
            return lane.clone();
        }
        let (sender, receiver) = mpsc::channel(self.window);
        let lane = Lane::new(
            department.clone(),
            self.journal.clone(),
            self.publisher.clone(),
            self.gates.clone(),
            self.window,
            self.inherited,
            behind,
        );
        tokio::spawn(lane.run(receiver, self.stop.clone()));
        lanes.insert(department.clone(), sender.clone());
        sender
    }
}
