//! Watching: one reader of the journal's feed, and a fan-out in memory; no query per watcher and event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jisr_core::id::TransactionId;
use jisr_journal::{FeedEntry, Journal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Entries a watcher may fall behind before it has to read them from the journal itself.
const SLACK: usize = 256;
/// Entries read at a time.
const PAGE: u32 = 512;
/// Wait before the next try when the journal did not answer.
const PAUSE: Duration = Duration::from_millis(250);

/// What a watcher gets: entries from the time it subscribed, until it is dropped or falls behind.
pub(crate) struct Entries {
    to: Option<TransactionId>,
    entries: mpsc::Receiver<Arc<FeedEntry>>,
    watchers: Arc<Mutex<Watchers>>,
}

impl Entries {
    /// The next entry; nothing once it has fallen behind.
    pub(crate) async fn next(&mut self) -> Option<Arc<FeedEntry>> {
        self.entries.recv().await
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        self.entries.close();
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).forget_closed(self.to);
    }
}

/// The fan-out.
#[derive(Clone)]
pub(crate) struct Feed(Arc<Mutex<Watchers>>);

#[derive(Default)]
struct Watchers {
    of_one: HashMap<TransactionId, Vec<mpsc::Sender<Arc<FeedEntry>>>>,
    of_all: Vec<mpsc::Sender<Arc<FeedEntry>>>,
}

impl Feed {
    pub(crate) fn start(journal: Arc<dyn Journal>, tasks: &mut JoinSet<()>, stop: CancellationToken) -> Self {
        let watchers = Arc::<Mutex<Watchers>>::default();
        tasks.spawn(tail(journal, watchers.clone(), stop));
        Self(watchers)
    }

    /// What happens from now on, to one transaction or to all.
    pub(crate) fn subscribe(&self, to: Option<TransactionId>) -> Entries {
        let (sender, receiver) = mpsc::channel(SLACK);
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match to {
            Some(id) => watchers.of_one.entry(id).or_default().push(sender),
            None => watchers.of_all.push(sender),
        }
        Entries { to, entries: receiver, watchers: self.0.clone() }
    }
}

impl Watchers {
    fn nobody(&self) -> bool {
        self.of_all.is_empty() && self.of_one.is_empty()
    }

    fn forget_closed(&mut self, of: Option<TransactionId>) {
        let open = |watcher: &mpsc::Sender<Arc<FeedEntry>>| !watcher.is_closed();
        match of {
            None => self.of_all.retain(open),
            Some(id) => {
                if let Some(watchers) = self.of_one.get_mut(&id) {
                    watchers.retain(open);
                    if watchers.is_empty() {
                        self.of_one.remove(&id);
                    }
                }
            }
        }
    }

    fn tell(&mut self, entry: &Arc<FeedEntry>) {
        // Who cannot keep up is let go, and reads the journal: a slow watcher harms nobody else.
        let keeps_up = |watcher: &mut mpsc::Sender<Arc<FeedEntry>>| watcher.try_send(entry.clone()).is_ok();
        self.of_all.retain_mut(keeps_up);
        if let Some(watchers) = self.of_one.get_mut(&entry.transaction) {
            watchers.retain_mut(keeps_up);
        }
    }
}

async fn tail(journal: Arc<dyn Journal>, watchers: Arc<Mutex<Watchers>>, stop: CancellationToken) {
    let mut head = journal.head();
    let mut told = *head.borrow_and_update();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            changed = head.changed() => if changed.is_err() { return },
        }
        let newest = *head.borrow_and_update();
        if watchers.lock().unwrap_or_else(PoisonError::into_inner).nobody() {
            told = newest;
            continue;
        }
        while told < newest {
            match journal.feed(told, PAGE).await {
                Ok(entries) => {
                    let Some(last) = entries.last() else { break };
                    told = last.position;
                    let mut watchers = watchers.lock().unwrap_or_else(PoisonError::into_inner);
                    entries.into_iter().for_each(|entry| watchers.tell(&Arc::new(entry)));
                }
                Err(error) => {
                    tracing::warn!(%error, "feed not readable, trying again");
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            }
        }
    }
}
