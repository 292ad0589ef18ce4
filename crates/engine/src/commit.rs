//! Writing changes, and what follows once they are durable: dispatch and timers.

use std::sync::atomic::Ordering;

use jisr_journal::{Target, Unavailable, Write, WriteError, Written};

use crate::engine::Engine;
use crate::recent::Happened;

impl Engine {
    /// Makes writes durable, then hands on what they send. Answers in the given order.
    ///
    /// It goes on when nobody waits for it any more: what is committed is also dispatched.
    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Vec<Result<Written, WriteError>> {
        let (engine, count) = (self.clone(), writes.len());
        let committed = tokio::spawn(async move { engine.commit_and_hand_on(writes).await });
        committed.await.unwrap_or_else(|_| {
            let stopped = || WriteError::Unavailable(Unavailable("the process is ending".into()));
            (0..count).map(|_| Err(stopped())).collect()
        })
    }

    async fn commit_and_hand_on(&self, mut writes: Vec<Write>) -> Vec<Result<Written, WriteError>> {
        let dispatcher = &self.0.dispatcher;
        let mut after = Vec::with_capacity(writes.len());
        for write in &mut writes {
            let wake = match &write.target {
                Target::Create(new) => new.case.wake_at(),
                Target::Update { case, .. } => case.wake_at(),
            };
            let done = (write.target.clone(), write.events.clone());
            let places = write.outbox.iter_mut().map(|message| {
                let place = dispatcher.reserve(message);
                message.in_hand = place.is_some();
                // Bodies are shared, not copied.
                (message.clone(), place)
            });
            after.push((done, places.collect::<Vec<_>>(), wake));
        }
        let results = self.0.journal.write_all(writes).await;
        for (result, ((target, events), messages, wake)) in results.iter().zip(after) {
            if let Ok(Written::Committed { version, position, outbox, hold }) = result {
                self.remember(&target, Happened { version: *version, position: *position, events });
                for (position, (message, place)) in outbox.iter().zip(messages) {
                    match place {
                        Some(place) => place.send(*position, *hold, message),
                        None => dispatcher.tell(&message.department),
                    }
                }
                if let Some(wake) = wake
                    && wake.as_micros() < self.0.next_wake.load(Ordering::Acquire)
                {
                    self.0.earlier.notify_one();
                }
            }
        }
        results
    }

    /// Keeps at hand what was committed, and tells who watches.
    fn remember(&self, target: &Target, happened: Happened) {
        let version = happened.version;
        match target {
            Target::Create(new) => {
                let entry = happened.entry(new.id);
                self.0.recent.made(new, version, entry.as_ref());
                entry.into_iter().for_each(|entry| self.0.feed.committed(entry));
            }
            Target::Update { id, case, .. } => {
                let entry = happened.entry(*id);
                self.0.recent.changed(*id, case, version, entry.as_ref());
                entry.into_iter().for_each(|entry| self.0.feed.committed(entry));
            }
        }
    }
}
