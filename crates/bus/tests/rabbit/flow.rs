//! Many messages on their way while something happens to the broker.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jisr_bus::{Address, Publisher};
use jisr_testkit::wait::until;

use crate::world::{PATIENCE, insist};

/// Messages of each flow.
pub(crate) const FLOW: u32 = 2_000;
/// Senders at a time.
const SENDERS: u32 = 50;

/// Publishes all of these messages, each until it is confirmed.
pub(crate) struct Flow {
    confirmed: Arc<AtomicU32>,
    senders: tokio::task::JoinSet<u32>,
}

impl Flow {
    pub(crate) fn start(publisher: &Arc<dyn Publisher>, to: &Address, numbers: Range<u32>) -> Self {
        let confirmed = Arc::new(AtomicU32::new(0));
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..SENDERS {
            let (publisher, to, confirmed) = (publisher.clone(), to.clone(), confirmed.clone());
            let numbers = numbers.clone().skip(sender as usize).step_by(SENDERS as usize);
            senders.spawn(async move {
                let mut failed = 0;
                for number in numbers {
                    failed += insist(&publisher, &to, number).await;
                    confirmed.fetch_add(1, Ordering::Relaxed);
                }
                failed
            });
        }
        Self { confirmed, senders }
    }

    /// Waits until so many are confirmed.
    pub(crate) async fn reaches(&self, count: u32) {
        let enough = || async { (self.confirmed.load(Ordering::Relaxed) >= count).then_some(()) };
        until("messages are confirmed", PATIENCE, enough).await;
    }

    /// How many publishes failed, once all have been repeated with success.
    pub(crate) async fn finish(self) -> u32 {
        tokio::time::timeout(PATIENCE, self.senders.join_all()).await.expect("all are confirmed in time").iter().sum()
    }
}

pub(crate) fn everything() -> BTreeSet<u32> {
    (0..FLOW).collect()
}
