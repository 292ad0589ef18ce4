//! Result files: each record's answer is brought home, and only then the file is moved to the archive.
//!
//! Several instances may do this at a time: an answer that is brought twice changes nothing, and of two who move a file one
//! finds it moved. A file that cannot be read, or not wholly, stays where it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::future::try_join_all;
use jiff::tz::TimeZone;
use jisr_adapter::connectors::files::{NotDone, Session, TransferError, Transport, complete};
use jisr_adapter::core::time::Timestamp;
use jisr_adapter::{Answer, Answers, BusError, Reference};

use super::{ARCHIVE, OUT, RESULTS, not_home};
use crate::mapping::{Meaning, answer, meaning};
use crate::records::{DUBAI, Results, results};

/// Answers on their way at a time.
const TOGETHER: usize = 64;
/// Names tried for a file that is delivered again with other content.
const COPIES: u32 = 100;

/// SFTP gives a file's time in whole seconds.
const TICK: Duration = Duration::from_secs(2);

/// Where answers are brought; in a running adapter [`Answers`].
#[async_trait]
pub(crate) trait Bring: Send + Sync {
    /// Returns once it is safe.
    async fn bring(&self, reference: &Reference, answer: Answer, answered: Option<Timestamp>) -> Result<(), BusError>;
}

#[async_trait]
impl Bring for Answers {
    async fn bring(&self, reference: &Reference, answer: Answer, answered: Option<Timestamp>) -> Result<(), BusError> {
        self.give(reference, answer, answered).await
    }
}

/// See the module.
pub(super) struct TakeIn {
    transport: Arc<dyn Transport>,
    /// Files that stay although what can be read of them is home: not to be brought each minute.
    stay: Mutex<HashMap<String, Stay>>,
}

/// A file that stays.
struct Stay {
    /// Its size and time.
    mark: (u64, u64),
    /// Since when it has been found so.
    since: Instant,
    /// It was read once more when no other could have had the same time.
    settled: bool,
}

impl TakeIn {
    pub(super) fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, stay: Mutex::default() }
    }

    pub(super) async fn all(&self, home: &dyn Bring) -> Result<(), String> {
        let failed = |error: TransferError| error.chain();
        let mut session = self.transport.open().await.map_err(failed)?;
        let entries = session.list(OUT).await.map_err(failed)?;
        let (announced, _) = complete(&entries, RESULTS);
        for stem in announced {
            let path = RESULTS.data(OUT, &stem);
            let entry = entries.iter().find(|entry| path.ends_with(&format!("/{}", entry.name)));
            let mark = entry.map(|entry| (entry.size, entry.modified)).unwrap_or_default();
            let began = Instant::now();
            if self.stays(&stem, mark) {
                continue;
            }
            let file = match session.read(&path).await {
                Ok(file) => file,
                // Another instance was quicker.
                Err(error) if error.is_missing() => continue,
                // One file that cannot be had keeps no other waiting.
                Err(TransferError::NotDone(why)) => {
                    tracing::warn!(file = path, %why, "a result file is left where it is");
                    continue;
                }
                Err(error) => return Err(error.chain()),
            };
            let whole = match results(&file) {
                Ok(read) => {
                    bring(home, &read).await?;
                    read.unreadable.iter().for_each(|why| tracing::error!(file = path, why, "a result cannot be read"));
                    read.unreadable.is_empty()
                }
                Err(why) => {
                    tracing::error!(file = path, %why, "a result file cannot be read");
                    false
                }
            };
            if whole {
                archive(&mut *session, &stem, &file).await.map_err(failed)?;
            } else {
                self.leave(stem, mark, began);
            }
        }
        Ok(())
    }

    fn stays(&self, stem: &str, mark: (u64, u64)) -> bool {
        let stay = self.stay.lock().unwrap_or_else(PoisonError::into_inner);
        stay.get(stem).is_some_and(|stay| stay.settled && stay.mark == mark)
    }

    /// A repaired file of the same length may have come within the same tick of the server's clock.
    fn leave(&self, stem: String, mark: (u64, u64), read: Instant) {
        let mut stay = self.stay.lock().unwrap_or_else(PoisonError::into_inner);
        let since = stay.get(&stem).filter(|stay| stay.mark == mark).map_or(read, |stay| stay.since);
        let settled = read.duration_since(since) >= TICK;
        stay.insert(stem, Stay { mark, since, settled });
    }
}

/// Brings home what is the end of the matter. What was rejected for a technical reason is asked for by look-up when its
/// answer is due, found in no batch, and handed over again: there is one layer that tries again, and it is not this one.
async fn bring(home: &dyn Bring, results: &Results) -> Result<(), String> {
    let run = results.run.and_then(|run| run.to_zoned(TimeZone::fixed(DUBAI)).ok());
    let answered = run.map(|run| Timestamp::from_millis(run.timestamp().as_millisecond()));
    let (mut again, mut strangers, mut home_now) = (0, 0, Vec::new());
    for decision in &results.decisions {
        match (decision.reference.parse::<Reference>(), meaning(decision), answer(decision, &results.batch)) {
            (Ok(reference), _, Some(answer)) => home_now.push((reference, answer)),
            (Ok(_), Meaning::Again, None) => again += 1,
            (Ok(_), _, None) => tracing::error!(code = decision.code, "rejected with a code that nobody knows"),
            (Err(_), _, _) => strangers += 1,
        }
    }
    let brought = home_now.len();
    let mut on_their_way = home_now.into_iter().map(|(reference, answer)| async move {
        home.bring(&reference, answer, answered).await.map_err(|error| not_home(&error))
    });
    loop {
        let together: Vec<_> = on_their_way.by_ref().take(TOGETHER).collect();
        if together.is_empty() {
            break;
        }
        try_join_all(together).await?;
    }
    tracing::info!(batch = results.batch, brought, again, strangers, "result");
    Ok(())
}

/// Moves a file to the archive, then removes its trigger. One that is there already with the same content was delivered
/// twice; with another content it is kept beside the first.
async fn archive(session: &mut dyn Session, stem: &str, file: &[u8]) -> Result<(), TransferError> {
    let path = RESULTS.data(OUT, stem);
    for copy in 1..=COPIES {
        let name = if copy == 1 { stem.to_owned() } else { format!("{stem}~{copy}") };
        let target = RESULTS.data(ARCHIVE, &name);
        match session.rename(&path, &target).await {
            Err(TransferError::NotDone(NotDone::Exists(_))) => {
                if session.read(&target).await? == file {
                    unless_missing(session.remove(&path).await)?;
                    break;
                }
            }
            moved => {
                unless_missing(moved)?;
                break;
            }
        }
    }
    unless_missing(session.remove(&RESULTS.trigger(OUT, stem)).await)
}

/// Another instance was quicker.
fn unless_missing(result: Result<(), TransferError>) -> Result<(), TransferError> {
    result.or_else(|error| if error.is_missing() { Ok(()) } else { Err(error) })
}
