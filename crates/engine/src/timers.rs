//! Timers: transactions whose wake-up has come, and what has outlived its use.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jisr_core::case::{Actor, ActorKind, Case, Command, advance};
use jisr_core::time::Timestamp;
use jisr_journal::{Prune, Unavailable, WriteError};
use tokio_util::sync::CancellationToken;

use crate::change::Change;
use crate::engine::Engine;

/// However quiet it is, the journal is looked at again after so long: another process may have written to it.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How often it is looked for what has outlived its use, and how much of it goes at a time.
const PRUNE_EVERY: Duration = Duration::from_secs(60);
const PRUNED_AT_ONCE: u32 = 1_000;
/// Wait before the next look when the journal did not answer.
const PAUSE: Duration = Duration::from_millis(500);

impl Engine {
    /// Wakes transactions when their time has come, until told to stop.
    pub(crate) async fn keep_time(self, stop: CancellationToken) {
        let mut pruned = None;
        loop {
            let wait = match self.look(&mut pruned).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(%error, "timers cannot read the journal, trying again");
                    PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.earlier.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Deals with all that is due and says how long there is nothing to do.
    async fn look(&self, pruned: &mut Option<Timestamp>) -> Result<Duration, Unavailable> {
        // Whoever writes an earlier wake-up from here on sees this and calls.
        self.0.next_wake.store(i64::MAX, Ordering::Release);
        loop {
            let now = self.0.clock.now();
            let due = self.0.journal.due(now, self.0.options.batch.into()).await?;
            if due.is_empty() {
                break;
            }
            self.wake(&due, now).await?;
        }
        let now = self.0.clock.now();
        if pruned.is_none_or(|last| now.since(last) >= PRUNE_EVERY) {
            // As long as there is more, it goes on with the next look.
            *pruned = (self.prune(now).await? < u64::from(PRUNED_AT_ONCE)).then_some(now);
        }
        let next = self.0.journal.next_wake().await?;
        self.0.next_wake.store(next.map_or(i64::MAX, Timestamp::as_micros), Ordering::Release);
        Ok(next.map_or(LOOK_AGAIN, |next| next.since(now).min(LOOK_AGAIN)))
    }

    async fn wake(&self, due: &[jisr_core::id::TransactionId], now: Timestamp) -> Result<(), Unavailable> {
        let stored = self.0.journal.cases(due).await?;
        let mut changes = Vec::with_capacity(stored.len());
        for stored in stored {
            let actor = Actor::new(ActorKind::Engine, "engine");
            if let Ok(decision) = advance(Case::clone(&stored.case), &self.0.directory, &Command::Wake, actor, now)
                && !decision.events.is_empty()
            {
                changes.push(Change::of(&stored, decision));
            }
        }
        if changes.is_empty() {
            // Somebody else has woken them meanwhile.
            return Ok(());
        }
        let contents = self.contents(&changes).await?;
        let writes = changes
            .into_iter()
            .map(|change| {
                let content = contents.get(&change.id);
                change.into_write(content, now, None)
            })
            .collect();
        for result in self.commit(writes).await {
            match result {
                // Who changed it meanwhile has set its next wake-up.
                Ok(_) | Err(WriteError::VersionConflict) => {}
                Err(WriteError::Unavailable(error)) => return Err(error),
                Err(error) => tracing::error!(%error, "wake-up not written"),
            }
        }
        Ok(())
    }

    async fn prune(&self, now: Timestamp) -> Result<u64, Unavailable> {
        let options = &self.0.options;
        let prune = Prune { requests_before: now.minus(options.keep_requests), limit: PRUNED_AT_ONCE };
        self.0.journal.prune(prune).await
    }
}
