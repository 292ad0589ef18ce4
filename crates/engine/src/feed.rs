//! Watching: one teller of the journal's feed, and a fan-out in memory; no query per watcher and event.
//!
//! What this process commits is told from here, in the order of its positions. The journal is read for what other processes
//! commit, once for all who watch.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jisr_core::id::TransactionId;
use jisr_journal::{FeedEntry, Journal, Position};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Entries a watcher may fall behind before it has to read them from the journal itself.
const SLACK: usize = 256;
/// Entries read at a time.
const PAGE: u32 = 512;
/// Wait before the next try when the journal did not answer; and after so long a commit that nobody told of is read.
const PAUSE: Duration = Duration::from_millis(250);
/// What this process has just committed itself need not be read: so long it has to be told of.
const OURS: Duration = Duration::from_millis(2);
/// Commits kept that came before their turn.
const AHEAD: usize = 4_096;

/// What a watcher gets: entries from the time it subscribed, until it is dropped or falls behind.
pub(crate) struct Entries {
    to: Option<TransactionId>,
    entries: mpsc::Receiver<Arc<FeedEntry>>,
    feed: Feed,
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
        self.feed.state().watchers.forget_closed(self.to);
    }
}

/// The fan-out.
#[derive(Clone)]
pub(crate) struct Feed(Arc<Mutex<State>>);

struct State {
    /// Everything up to here has been told to whoever watched then.
    told: Position,
    /// Committed here, or read, and waiting for what comes before.
    ahead: BTreeMap<Position, Option<Arc<FeedEntry>>>,
    watchers: Watchers,
}

#[derive(Default)]
struct Watchers {
    of_one: HashMap<TransactionId, Vec<mpsc::Sender<Arc<FeedEntry>>>>,
    of_all: Vec<mpsc::Sender<Arc<FeedEntry>>>,
}

impl Feed {
    pub(crate) fn start(journal: Arc<dyn Journal>, tasks: &mut JoinSet<()>, stop: CancellationToken) -> Self {
        let told = *journal.head().borrow();
        let feed = Self(Arc::new(Mutex::new(State { told, ahead: BTreeMap::new(), watchers: Watchers::default() })));
        tasks.spawn(feed.clone().keep_up(journal, stop));
        feed
    }

    /// What happens from now on, to one transaction or to all.
    pub(crate) fn subscribe(&self, to: Option<TransactionId>) -> Entries {
        let (sender, receiver) = mpsc::channel(SLACK);
        let mut state = self.state();
        match to {
            Some(id) => state.watchers.of_one.entry(id).or_default().push(sender),
            None => state.watchers.of_all.push(sender),
        }
        Entries { to, entries: receiver, feed: self.clone() }
    }

    /// A commit of this process, once [`Recent`](crate::recent::Recent) has it.
    pub(crate) fn committed(&self, entry: Arc<FeedEntry>) {
        let mut state = self.state();
        let wanted = !state.watchers.nobody();
        state.ahead.insert(entry.position, wanted.then_some(entry));
        if state.ahead.len() > AHEAD {
            state.ahead.pop_last();
        }
        state.tell_in_turn();
    }

    /// Reads what others commit; where there are no others, what this process has not told of for some reason.
    async fn keep_up(self, journal: Arc<dyn Journal>, stop: CancellationToken) {
        let mut head = journal.head();
        let mut before = Position(i64::MAX);
        loop {
            let alone = !journal.has_company();
            tokio::select! {
                () = stop.cancelled() => return,
                changed = head.changed(), if !alone => {
                    if changed.is_err() {
                        return;
                    }
                    tokio::time::sleep(OURS).await;
                }
                () = tokio::time::sleep(PAUSE), if alone => {}
            }
            let newest = *head.borrow_and_update();
            let told = {
                let mut state = self.state();
                if state.watchers.nobody() && !alone {
                    state.told = newest;
                }
                state.told
            };
            if told < newest && (!alone || told == before) {
                self.read(&*journal, newest, &stop).await;
            }
            before = told;
        }
    }

    /// Tells what the journal has up to this position.
    async fn read(&self, journal: &dyn Journal, newest: Position, stop: &CancellationToken) {
        loop {
            let told = self.state().told;
            if told >= newest {
                return;
            }
            match journal.feed(told, PAGE).await {
                Ok(entries) if entries.is_empty() => return,
                Ok(entries) => {
                    let mut state = self.state();
                    state.ahead.extend(entries.into_iter().map(|entry| (entry.position, Some(Arc::new(entry)))));
                    state.tell_in_turn();
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Tells what has its turn: positions have no gaps.
    fn tell_in_turn(&mut self) {
        while let Some(first) = self.ahead.first_entry().filter(|first| first.key().0 <= self.told.0 + 1) {
            let (position, entry) = first.remove_entry();
            if position > self.told {
                self.told = position;
                if let Some(entry) = entry {
                    self.watchers.tell(&entry);
                }
            }
        }
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
