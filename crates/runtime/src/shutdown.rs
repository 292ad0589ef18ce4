//! Orderly shutdown: one signal to everyone, then a bounded wait for work already begun.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A cheap handle on the shutdown of a process: clones share one signal and one list of tasks.
///
/// The order is always: [`trigger`](Self::trigger) (or a signal), each task sees its token cancelled
/// and finishes what it has begun, [`drain`](Self::drain) returns.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tracker: TaskTracker,
}

/// Not every task ended in the time allowed. What they held is durable and resumes at the next start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{unfinished} task(s) were still running after {waited:?} and were left behind")]
pub struct DrainError {
    /// How many tasks had not ended.
    pub unfinished: usize,
    /// How long they were given.
    pub waited: Duration,
}

impl Shutdown {
    /// A shutdown that nothing has asked for yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The token that components select on.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Asks everyone to finish. Asking twice is asking once.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    /// Whether someone has asked.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Completes when someone asks.
    pub async fn triggered(&self) {
        self.token.cancelled().await;
    }

    /// Triggers on SIGTERM and SIGINT. The handlers are in place when this returns.
    ///
    /// # Errors
    /// When the operating system refuses a signal handler.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let token = self.token.clone();
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = token.cancelled() => return,
            };
            tracing::info!(signal = name, "shutting down");
            token.cancel();
        });
        Ok(())
    }

    /// Spawns a task that [`drain`](Self::drain) waits for.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tracker.spawn(task)
    }

    /// Triggers, then waits at most `limit` for every spawned task to end.
    ///
    /// # Errors
    /// [`DrainError`] when tasks remain; they go on running until the process ends.
    pub async fn drain(&self, limit: Duration) -> Result<(), DrainError> {
        self.trigger();
        self.tracker.close();
        tokio::time::timeout(limit, self.tracker.wait())
            .await
            .map_err(|_| DrainError { unfinished: self.tracker.len(), waited: limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn drain_waits_for_work_already_begun() {
        let shutdown = Shutdown::new();
        let token = shutdown.token();
        let task = shutdown.spawn(async move {
            token.cancelled().await;
            tokio::task::yield_now().await;
            "finished"
        });
        assert!(!shutdown.is_triggered());
        shutdown.drain(Duration::from_secs(10)).await.unwrap();
        assert_eq!(task.await.unwrap(), "finished");
    }

    #[tokio::test]
    async fn drain_is_bounded_and_counts_what_it_left() {
        let shutdown = Shutdown::new();
        let stuck = shutdown.spawn(std::future::pending::<()>());
        let error = shutdown.drain(Duration::from_millis(20)).await.unwrap_err();
        assert_eq!(error.unfinished, 1);
        stuck.abort();
    }

    #[tokio::test]
    async fn a_signal_triggers() {
        let shutdown = Shutdown::new();
        shutdown.on_signals().unwrap();
        let sent =
            std::process::Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status().unwrap();
        assert!(sent.success());
        tokio::time::timeout(Duration::from_secs(10), shutdown.triggered()).await.unwrap();
    }
}
