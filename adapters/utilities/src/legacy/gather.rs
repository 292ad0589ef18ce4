//! Work that is done for many at once: whoever comes while one round is under way is in the next. No timer in an idle
//! system but the given pause, in which a round gathers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// What is done in rounds.
#[async_trait]
pub(super) trait Round: Send + Sync + 'static {
    /// What each brings.
    type Item: Send + 'static;
    /// What each gets.
    type Done: Send + 'static;

    /// Does one round. An item whose sender is dropped unanswered gets nothing.
    async fn round(&self, items: Vec<Place<Self::Item, Self::Done>>);
}

/// One in a round.
pub(super) struct Place<I, D> {
    pub(super) item: I,
    pub(super) done: oneshot::Sender<D>,
}

/// The waiting room in front of rounds.
pub(super) struct Gather<R: Round> {
    round: R,
    pause: Duration,
    most: usize,
    waiting: Mutex<Waiting<R>>,
}

struct Waiting<R: Round> {
    items: Vec<Place<R::Item, R::Done>>,
    under_way: bool,
}

impl<R: Round> Gather<R> {
    pub(super) fn new(round: R, pause: Duration, most: usize) -> Arc<Self> {
        let waiting = Mutex::new(Waiting { items: Vec::new(), under_way: false });
        Arc::new(Self { round, pause, most, waiting })
    }

    /// Is in a round that begins after this call. Nothing if that round ended without an answer for it.
    ///
    /// Rounds go on when this future is dropped: others are in them.
    pub(super) async fn take_part(self: &Arc<Self>, item: R::Item) -> Option<R::Done> {
        let (done, answer) = oneshot::channel();
        let begins = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.items.push(Place { item, done });
            !std::mem::replace(&mut waiting.under_way, true)
        };
        if begins {
            tokio::spawn(Rounds(self.clone()).go_on());
        }
        answer.await.ok()
    }
}

/// The task that does the rounds. Should it panic, whoever waits is let go and the next to come begins anew.
struct Rounds<R: Round>(Arc<Gather<R>>);

impl<R: Round> Rounds<R> {
    async fn go_on(self) {
        loop {
            sleep(self.0.pause).await;
            let items = {
                let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let count = waiting.items.len().min(self.0.most);
                waiting.under_way = count > 0;
                waiting.items.drain(..count).collect::<Vec<_>>()
            };
            if items.is_empty() {
                return;
            }
            self.0.round.round(items).await;
        }
    }
}

impl<R: Round> Drop for Rounds<R> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if std::thread::panicking() {
            waiting.under_way = false;
            waiting.items.clear();
        }
    }
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
