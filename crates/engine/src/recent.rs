//! What this engine wrote or read lately, kept at hand: the replies to an application mostly come soon after it, and who
//! watches it wants to see it then. So neither reads back what was just written.
//!
//! Never trusted to be the newest where other processes write, too: a write carries the version it was decided on, and
//! whoever reads says how new it must be.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jisr_core::case::{Case, EventRecord};
use jisr_core::id::TransactionId;
use jisr_journal::{FeedEntry, NewTransaction, Position, StoredCase, StoredTransaction, Version};

/// Bytes kept, by a rough count. The oldest go first.
const LIMIT: usize = 12 << 20;
/// What a case, its history and their keys come to, roughly.
const CASE: usize = 3_072;

#[derive(Default)]
pub(crate) struct Recent(Mutex<State>);

#[derive(Default)]
struct State {
    known: HashMap<TransactionId, Known>,
    /// In the order in which they came.
    order: VecDeque<TransactionId>,
    bytes: usize,
}

struct Known {
    stored: StoredCase,
    content: Option<Bytes>,
    /// Everything that happened to it, as long as all of it was written here.
    history: Option<Vec<Arc<FeedEntry>>>,
}

impl Known {
    fn size(&self) -> usize {
        CASE + self.content.as_ref().map_or(0, Bytes::len)
    }
}

/// What one commit did to one transaction.
pub(crate) struct Happened {
    pub(crate) version: Version,
    pub(crate) position: Position,
    pub(crate) events: Vec<EventRecord>,
}

impl Happened {
    /// As it stands in the feed; nothing when there were no events.
    pub(crate) fn entry(self, transaction: TransactionId) -> Option<Arc<FeedEntry>> {
        let Self { position, events, .. } = self;
        (!events.is_empty()).then(|| Arc::new(FeedEntry { position, transaction, events }))
    }
}

impl Recent {
    /// It is committed as it was made.
    pub(crate) fn made(&self, new: &NewTransaction, version: Version, entry: Option<&Arc<FeedEntry>>) {
        let stored = StoredCase {
            id: new.id,
            version,
            reference_no: new.reference_no.clone(),
            caller: new.caller.clone(),
            service: new.service.clone(),
            case: new.case.clone(),
        };
        let history = Some(entry.cloned().into_iter().collect());
        self.state().put(Known { stored, content: Some(new.content.clone()), history });
    }

    /// A change of it is committed.
    pub(crate) fn changed(
        &self,
        id: TransactionId,
        case: &Arc<Case>,
        version: Version,
        entry: Option<&Arc<FeedEntry>>,
    ) {
        let mut state = self.state();
        let Some(known) = state.known.get_mut(&id).filter(|known| known.stored.version < version) else { return };
        let next = known.stored.version.0 + 1 == version.0;
        match &mut known.history {
            Some(history) if next => history.extend(entry.cloned()),
            history => *history = None,
        }
        known.stored.version = version;
        known.stored.case = case.clone();
    }

    /// It was read from the journal.
    pub(crate) fn read(&self, stored: &StoredCase) {
        let mut state = self.state();
        match state.known.get_mut(&stored.id) {
            Some(known) if known.stored.version < stored.version => {
                known.stored = stored.clone();
                known.history = None;
            }
            Some(_) => {}
            None => state.put(Known { stored: stored.clone(), content: None, history: None }),
        }
    }

    /// It stands otherwise now.
    pub(crate) fn forget(&self, id: TransactionId) {
        let mut state = self.state();
        if let Some(known) = state.known.remove(&id) {
            state.bytes -= known.size();
        }
    }

    pub(crate) fn case(&self, id: TransactionId) -> Option<StoredCase> {
        self.state().known.get(&id).map(|known| known.stored.clone())
    }

    pub(crate) fn content(&self, id: TransactionId) -> Option<Bytes> {
        self.state().known.get(&id).and_then(|known| known.content.clone())
    }

    /// The whole of it, at least as new as this event.
    pub(crate) fn transaction(&self, id: TransactionId, event: u32) -> Option<StoredTransaction> {
        let state = self.state();
        let known = state.known.get(&id).filter(|known| known.stored.case.last_event >= event)?;
        Some(StoredTransaction { stored: known.stored.clone(), content: known.content.clone()? })
    }

    /// Everything that happened to it, where nobody else can have written more.
    pub(crate) fn history(&self, id: TransactionId) -> Option<Vec<Arc<FeedEntry>>> {
        self.state().known.get(&id).and_then(|known| known.history.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, known: Known) {
        let id = known.stored.id;
        self.bytes += known.size();
        if let Some(before) = self.known.insert(id, known) {
            self.bytes -= before.size();
        } else {
            self.order.push_back(id);
        }
        while self.bytes > LIMIT
            && let Some(oldest) = self.order.pop_front()
        {
            // What was forgotten before has left only its place in the order.
            if let Some(gone) = self.known.remove(&oldest) {
                self.bytes -= gone.size();
            }
        }
    }
}
