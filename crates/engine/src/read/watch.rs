//! One watcher: what happened since, from the journal, then what happens, from the feed; without gap or repeat.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jisr_core::case::{EventRecord, Moved};
use jisr_core::id::TransactionId;
use jisr_core::problem::Problem;
use jisr_core::state::TransactionState;
use jisr_journal::{FeedEntry, Filter, Position};
use jisr_proto::{convert, v1};

use super::{down, not_found, view};
use crate::engine::Engine;
use crate::feed::Entries;

/// Entries read from the journal at a time.
const PAGE: u32 = 256;
/// Transactions a watch remembers its judgement of.
const KNOWN: usize = 4_096;

/// What happened to one transaction in one commit.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchEvent {
    /// Where it stands in the feed; resuming after it leaves out nothing.
    pub position: Position,
    /// The events, in order.
    pub events: Vec<v1::Event>,
    /// The transaction as it stands now, which may be after further events. Only when one transaction is watched.
    pub transaction: Option<v1::Transaction>,
}

/// A watch of one transaction or of all.
pub struct Watch {
    engine: Engine,
    of: Option<TransactionId>,
    filter: Filter,
    after: Position,
    /// Read from the journal, to be told before anything from the feed.
    backlog: VecDeque<Arc<FeedEntry>>,
    live: Option<Entries>,
    /// Transactions already judged by what of them never changes.
    known: HashMap<TransactionId, bool>,
    ended: bool,
}

impl Engine {
    /// Watches one transaction, from after a position or from its beginning, until it is terminal.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND`, `JOURNAL_DOWN`.
    pub async fn watch(&self, id: TransactionId, after: Option<Position>) -> Result<Watch, Problem> {
        if self.0.recent.case(id).is_none() && self.0.journal.cases(&[id]).await.map_err(down)?.is_empty() {
            return Err(not_found(id));
        }
        Ok(self.start_watch(Some(id), Filter::default(), after.unwrap_or_default()))
    }

    /// Watches all transactions that match, from after a position or from now on. It never ends.
    ///
    /// # Errors
    /// `JOURNAL_DOWN`.
    pub async fn watch_all(&self, filter: Filter, after: Option<Position>) -> Result<Watch, Problem> {
        let now = *self.0.journal.head().borrow();
        Ok(self.start_watch(None, filter, after.unwrap_or(now)))
    }

    fn start_watch(&self, of: Option<TransactionId>, filter: Filter, after: Position) -> Watch {
        Watch {
            engine: self.clone(),
            of,
            filter,
            after,
            backlog: VecDeque::new(),
            live: None,
            known: HashMap::new(),
            ended: false,
        }
    }
}

impl Watch {
    /// The next commit's events; nothing after a watched transaction's terminal one.
    pub async fn next(&mut self) -> Option<Result<WatchEvent, Problem>> {
        while !self.ended {
            let entry = match self.entry().await {
                Ok(entry) => entry,
                Err(problem) => return Some(Err(problem)),
            };
            if entry.position <= self.after {
                continue;
            }
            self.after = entry.position;
            match self.show(&entry).await {
                Ok(Some(event)) => return Some(Ok(event)),
                Ok(None) => {}
                Err(problem) => return Some(Err(problem)),
            }
        }
        None
    }

    async fn entry(&mut self) -> Result<Arc<FeedEntry>, Problem> {
        loop {
            if let Some(entry) = self.backlog.pop_front() {
                return Ok(entry);
            }
            if let Some(live) = &mut self.live {
                if let Some(entry) = live.next().await {
                    return Ok(entry);
                }
                // Too slow for the feed: the journal has what was missed.
                self.live = None;
            }
            // Subscribed before reading: what is committed in between comes twice, and once is dropped.
            let live = self.engine.0.feed.subscribe(self.of);
            let entries = self.read().await?;
            if entries.is_empty() {
                self.live = Some(live);
            }
            self.backlog = entries.into();
        }
    }

    /// What the journal has after the last entry told.
    async fn read(&self) -> Result<Vec<Arc<FeedEntry>>, Problem> {
        let journal = &self.engine.0.journal;
        let shared = |entries: Vec<FeedEntry>| entries.into_iter().map(Arc::new).collect();
        let Some(id) = self.of else { return journal.feed(self.after, PAGE).await.map(shared).map_err(down) };
        if !journal.is_shared()
            && let Some(mut entries) = self.engine.0.recent.history(id)
        {
            entries.retain(|entry| entry.position > self.after);
            return Ok(entries);
        }
        let mut after = 0;
        loop {
            let mut entries = journal.history(id, after, PAGE).await.map_err(down)?;
            let last = entries.last().and_then(|entry| entry.events.last()).map(|event| event.sequence);
            entries.retain(|entry| entry.position > self.after);
            match last {
                Some(last) if entries.is_empty() => after = last,
                _ => return Ok(shared(entries)),
            }
        }
    }

    /// The transaction with at least these events.
    async fn as_new_as(&self, entry: &FeedEntry) -> Result<v1::Transaction, Problem> {
        match self.engine.0.recent.transaction(entry.transaction, last_of(entry)) {
            Some(found) => view(found),
            None => self.engine.get(entry.transaction).await,
        }
    }

    async fn show(&mut self, entry: &FeedEntry) -> Result<Option<WatchEvent>, Problem> {
        let id = entry.transaction;
        let transaction = if self.of.is_some() {
            Some(self.as_new_as(entry).await?)
        } else if self.fits(entry).await? {
            None
        } else {
            return Ok(None);
        };
        self.ended = self.of.is_some() && entry.events.iter().any(is_end);
        let events = entry.events.iter().map(|event| convert::event(event, id)).collect();
        Ok(Some(WatchEvent { position: entry.position, events, transaction }))
    }
}

impl Watch {
    /// Whether a transaction is among those watched. What of it never changes is looked up once.
    async fn fits(&mut self, entry: &FeedEntry) -> Result<bool, Problem> {
        let id = entry.transaction;
        let Filter { caller, states, service, centre, reference_no, from, to } = &self.filter;
        if self.filter == Filter::default() || self.known.get(&id) == Some(&false) {
            return Ok(self.filter == Filter::default());
        }
        if states.is_empty() && self.known.contains_key(&id) {
            return Ok(true);
        }
        // One at a time for each watcher: what this process has written itself must not be asked for.
        let found = match self.engine.0.recent.transaction(id, last_of(entry)) {
            Some(found) => Some(found),
            None => self.engine.0.journal.transactions(&[id]).await.map_err(down)?.into_iter().next(),
        };
        let Some(found) = found else { return Ok(false) };
        let (state, submitted) = (found.stored.case.state, found.stored.case.submit_time);
        let mut constant = caller.as_ref().is_none_or(|caller| *caller == found.stored.caller)
            && service.as_ref().is_none_or(|service| *service == found.stored.service)
            && reference_no.as_ref().is_none_or(|number| *number == found.stored.reference_no)
            && from.is_none_or(|from| submitted >= from)
            && to.is_none_or(|to| submitted < to);
        if let (true, Some(centre)) = (constant, centre) {
            let shown = view(found)?;
            constant = shown.channel.is_some_and(|channel| channel.centre == centre.resource_name());
        }
        let fits = constant && (states.is_empty() || states.contains(&state));
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        self.known.insert(id, constant);
        Ok(fits)
    }
}

/// The transaction is at least as new as this event.
fn last_of(entry: &FeedEntry) -> u32 {
    entry.events.last().map_or(0, |event| event.sequence)
}

fn is_end(event: &EventRecord) -> bool {
    matches!(&event.moved, Moved::Transaction { to, .. } if TransactionState::is_terminal(*to))
}
