//! Writing changes, and what follows once they are durable: dispatch and timers.

use std::sync::atomic::Ordering;

use jisr_journal::{OutboxRow, Target, Unavailable, Write, WriteError, Written};

use crate::engine::Engine;

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

    async fn commit_and_hand_on(&self, writes: Vec<Write>) -> Vec<Result<Written, WriteError>> {
        let mut after = Vec::with_capacity(writes.len());
        for write in &writes {
            let wake = match &write.target {
                Target::Create(new) => new.case.wake_at(),
                Target::Update { case, .. } => case.wake_at(),
            };
            // Bodies are shared, not copied.
            after.push((write.outbox.clone(), wake));
        }
        let results = self.0.journal.write_all(writes).await;
        for (result, (messages, wake)) in results.iter().zip(after) {
            if let Ok(Written::Committed { outbox, .. }) = result {
                let rows =
                    outbox.iter().zip(messages).map(|(position, message)| OutboxRow { position: *position, message });
                rows.for_each(|row| self.0.dispatcher.send(row));
                if let Some(wake) = wake
                    && wake.as_micros() < self.0.next_wake.load(Ordering::Acquire)
                {
                    self.0.earlier.notify_one();
                }
            }
        }
        results
    }
}
