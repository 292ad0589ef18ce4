//! Acknowledgements put aside for a moment: a department that is quick has answered by then, and both are one change.
//!
//! That a request was acknowledged says where it is and decides nothing, so it can wait; it is not acknowledged to the bus
//! meanwhile, and comes back if this process dies.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jisr_core::case::Verdict;
use jisr_core::id::TransactionId;
use tokio::time::Instant;

use crate::settle::{Arrived, Batch};

/// How long an acknowledgement waits for the answer.
const GRACE: Duration = Duration::from_millis(10);

/// See the module.
#[derive(Default)]
pub(crate) struct Early {
    waiting: HashMap<TransactionId, Vec<Arrived>>,
    /// Since when, in order; also of those that have left already.
    since: VecDeque<(Instant, TransactionId)>,
}

impl Early {
    /// Adds to a batch what waited for it, then takes out of it what can wait; no more than `most` wait.
    pub(crate) fn exchange(&mut self, batch: &mut Batch, most: usize) {
        for (id, arrived) in batch.iter_mut() {
            if let Some(before) = self.waiting.remove(id) {
                arrived.splice(0..0, before);
            }
        }
        let can_wait = |arrived: &[Arrived]| matches!(arrived, [only] if only.reply.verdict == Verdict::Acknowledged);
        let now = Instant::now();
        let early: Vec<_> = batch.iter().filter(|(_, arrived)| can_wait(arrived)).map(|(id, _)| *id).collect();
        for id in early.into_iter().take(most.saturating_sub(self.waiting.len())) {
            if let Some(arrived) = batch.remove(&id) {
                self.waiting.insert(id, arrived);
                self.since.push_back((now, id));
            }
        }
    }

    /// When the first has waited long enough.
    pub(crate) fn due(&mut self) -> Option<Instant> {
        while let Some((since, id)) = self.since.front() {
            if self.waiting.contains_key(id) {
                return Some(*since + GRACE);
            }
            self.since.pop_front();
        }
        None
    }

    /// Those that have waited long enough.
    pub(crate) fn take_due(&mut self) -> Batch {
        let (now, mut batch) = (Instant::now(), Batch::new());
        while let Some((_, id)) = self.since.pop_front_if(|(since, _)| *since + GRACE <= now) {
            if let Some(arrived) = self.waiting.remove(&id) {
                batch.insert(id, arrived);
            }
        }
        batch
    }
}
