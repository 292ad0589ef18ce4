//! What became of our references: one pass over the folders for all who ask, along the way that files go.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jisr_adapter::connectors::files::{Entry, Session, Transport, complete};
use jisr_adapter::{Answer, CallFault};

use super::gather::{Place, Round};
use super::hand_over::is_ours;
use super::{ARCHIVE, BATCHES, IN, OUT, RESULTS};
use crate::error::{of_transfer, unknown_code, unreadable};
use crate::mapping::{Meaning, answer, handed_over, meaning};
use crate::records::{Decision, Results, references, results};

type Found = Result<Option<Answer>, CallFault>;

/// See the module.
pub(super) struct Search {
    transport: Arc<dyn Transport>,
    /// What each archived file holds, as hashes of our references: read once, and few bytes for years of files.
    held: Mutex<HashMap<String, Held>>,
}

#[derive(Clone)]
struct Held {
    size: u64,
    modified: u64,
    references: Arc<HashSet<u64>>,
}

/// What a pass has seen of the references that it was made for.
#[derive(Default)]
struct Seen {
    /// Reference, and the batch that holds it.
    open: Vec<(String, String)>,
    /// Batch, and what was decided in it.
    decided: Vec<(String, Decision)>,
    /// A file that may hold anything.
    unreadable: Option<(String, String)>,
}

impl Search {
    pub(super) fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, held: Mutex::default() }
    }

    async fn pass(&self, wanted: &HashSet<&str>) -> Result<Seen, CallFault> {
        let fault = |error| of_transfer(&error);
        let mut session = self.transport.open().await.map_err(fault)?;
        let mut seen = Seen::default();
        let (announced, _) = complete(&session.list(IN).await.map_err(fault)?, BATCHES);
        for stem in announced.into_iter().filter(|stem| is_ours(stem)) {
            let path = BATCHES.data(IN, &stem);
            // What has gone from here since is further on.
            let Some(file) = gone_on(&mut *session, &path).await? else { continue };
            match references(&file) {
                Ok(held) => {
                    let held = held.into_iter().filter(|reference| wanted.contains(reference.as_str()));
                    seen.open.extend(held.map(|reference| (reference, stem.clone())));
                }
                Err(error) => seen.unreadable = Some((path, error.to_string())),
            }
        }
        let (announced, _) = complete(&session.list(OUT).await.map_err(fault)?, RESULTS);
        for stem in announced {
            let path = RESULTS.data(OUT, &stem);
            let Some(file) = gone_on(&mut *session, &path).await? else { continue };
            seen.results(&path, &file, wanted);
        }
        let mut entries = session.list(ARCHIVE).await.map_err(fault)?;
        entries.retain(|entry| entry.name.ends_with(RESULTS.data));
        self.forget(&entries);
        for entry in entries {
            self.archived(&mut *session, &entry, wanted, &mut seen).await?;
        }
        Ok(seen)
    }

    async fn archived(
        &self,
        session: &mut dyn Session,
        entry: &Entry,
        wanted: &HashSet<&str>,
        seen: &mut Seen,
    ) -> Result<(), CallFault> {
        let known = self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&entry.name).cloned();
        let known = known.filter(|held| (held.size, held.modified) == (entry.size, entry.modified));
        if known.is_some_and(|held| !wanted.iter().any(|reference| held.references.contains(&hash(reference)))) {
            return Ok(());
        }
        let path = format!("{ARCHIVE}/{}", entry.name);
        let Some(file) = gone_on(session, &path).await? else { return Ok(()) };
        if let Some(read) = seen.results(&path, &file, wanted) {
            let references = read.decisions.iter().map(|decision| hash(&decision.reference)).collect();
            let held = Held { size: entry.size, modified: entry.modified, references: Arc::new(references) };
            self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.name.clone(), held);
        }
        Ok(())
    }

    /// Files that the department has cleared away.
    fn forget(&self, entries: &[Entry]) {
        let names: HashSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).retain(|name, _| names.contains(name.as_str()));
    }
}

impl Seen {
    /// Takes in a result file. Nothing if not all of it can be read.
    fn results(&mut self, path: &str, file: &[u8], wanted: &HashSet<&str>) -> Option<Results> {
        match results(file) {
            Ok(read) => {
                let decided = read.decisions.iter().filter(|decision| wanted.contains(decision.reference.as_str()));
                self.decided.extend(decided.map(|decision| (read.batch.clone(), decision.clone())));
                if let Some(why) = read.unreadable.first() {
                    self.unreadable = Some((path.to_owned(), why.clone()));
                    return None;
                }
                Some(read)
            }
            Err(error) => {
                self.unreadable = Some((path.to_owned(), error.to_string()));
                None
            }
        }
    }

    fn found(&self, reference: &str) -> Found {
        let decided = || self.decided.iter().filter(|(_, decision)| decision.reference == reference);
        let open = self
            .open
            .iter()
            .find(|(held, batch)| held == reference && !decided().any(|(answered, _)| answered == batch));
        // The end of the matter, wherever else it may still lie.
        let end = |wanted| decided().find(|(_, decision)| meaning(decision) == wanted);
        if let Some((batch, decision)) = end(Meaning::Done) {
            return Ok(answer(decision, batch));
        }
        if let Some((_, batch)) = open {
            return Ok(Some(handed_over(reference, batch)));
        }
        if let Some((batch, decision)) = end(Meaning::Refused) {
            return Ok(answer(decision, batch));
        }
        if let Some((_, decision)) = end(Meaning::Unknown) {
            return Err(unknown_code(&decision.code));
        }
        match &self.unreadable {
            Some((file, why)) => Err(unreadable(file, why)),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl Round for Search {
    type Item = String;
    type Done = Found;

    async fn round(&self, places: Vec<Place<String, Found>>) {
        let seen = {
            let wanted: HashSet<&str> = places.iter().map(|place| place.item.as_str()).collect();
            self.pass(&wanted).await
        };
        for place in places {
            let found = seen.as_ref().map_err(Clone::clone).and_then(|seen| seen.found(&place.item));
            let _ = place.done.send(found);
        }
    }
}

/// A file's content; nothing if it has moved on.
async fn gone_on(session: &mut dyn Session, path: &str) -> Result<Option<Vec<u8>>, CallFault> {
    match session.read(path).await {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(of_transfer(&error)),
    }
}

fn hash(reference: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    reference.hash(&mut hasher);
    hasher.finish()
}
